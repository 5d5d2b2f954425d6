using System;
using TunStats.Metrics;

namespace TunStats.PowerShell.Jobs;

/// <summary>The metrics file and the endpoint of one job.</summary>
/// <param name="file">The file, checked; null for none.</param>
/// <param name="keepsFile">Whether the file is never removed.</param>
/// <param name="endpoint">The endpoint, which is owned from here on; null for none.</param>
internal sealed class JobMetrics(MetricsFile? file, bool keepsFile, MetricsEndpoint? endpoint) : IDisposable
{
    private MetricsFileWriter? _writer;

    /// <summary>The full path of the file; null if none is written.</summary>
    internal string? Path => file?.Path;

    /// <summary>Where the metrics are served; null if they are not.</summary>
    internal Uri? Url => endpoint?.Url;

    /// <summary>Writes the file from the next totals on.</summary>
    internal void Begin(MetricsSource? source, Action<string> warn)
    {
        _writer = file is null ? null : new MetricsFileWriter(file, source!, warn);
        if (keepsFile)
        {
            Keep();
        }
    }

    /// <summary>Lets the file stay at the end.</summary>
    internal void Keep() => _writer?.Keep();

    public void Dispose()
    {
        _writer?.Dispose();
        endpoint?.Dispose();
    }
}
