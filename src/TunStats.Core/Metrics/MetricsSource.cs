using System;
using System.Buffers;

namespace TunStats.Metrics;

/// <summary>
/// Totals for Prometheus, for the metrics file and the endpoint. A scrape never blocks the source.
/// </summary>
internal abstract class MetricsSource
{
    // Copy on write.
    private volatile IMetricsPart[] _parts = [];

    private protected MetricsSource()
    {
    }

    /// <summary>Raised on the source's thread when there are new totals; handlers must not block.</summary>
    internal event Action? Published;

    /// <summary>Writes the current totals.</summary>
    /// <param name="format">The text format.</param>
    /// <returns>The text as UTF-8.</returns>
    public byte[] ToUtf8(MetricsFormat format)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(format, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Clears a buffer and writes the current totals.</summary>
    internal void Write(MetricsFormat format, ArrayBufferWriter<byte> buffer)
    {
        buffer.ResetWrittenCount();
        WriteOwn(format, buffer);
        foreach (IMetricsPart part in _parts)
        {
            part.Write(format, buffer);
        }

        if (format == MetricsFormat.OpenMetrics)
        {
            buffer.Write("# EOF\n"u8);
        }
    }

    /// <summary>Adds further series to the text; call it before the first write.</summary>
    internal void Add(IMetricsPart part) => _parts = [.. _parts, part];

    /// <summary>Signals new totals of the source or a part.</summary>
    internal void RaisePublished() => Published?.Invoke();

    /// <summary>Appends the source's own series, without an end mark.</summary>
    private protected abstract void WriteOwn(MetricsFormat format, IBufferWriter<byte> buffer);
}
