using System;
using TunStats.Metrics;

namespace TunStats.Cli.Commands;

/// <summary>The metrics file and the endpoint of one run.</summary>
internal sealed class MetricsOutput : IDisposable
{
    private readonly MetricsEndpoint? _endpoint;
    private readonly MetricsFileWriter? _file;

    private MetricsOutput(MetricsEndpoint? endpoint, MetricsFileWriter? file) => (_endpoint, _file) = (endpoint, file);

    /// <summary>Opens both; says where the metrics are.</summary>
    /// <param name="settings">What was given; null where nobody asks for metrics.</param>
    /// <param name="file">The file, which was checked before anything began; null for none.</param>
    /// <param name="source">The totals.</param>
    /// <param name="messages">Takes the address and warnings.</param>
    /// <exception cref="Interop.TunStatsException">The address cannot be listened at.</exception>
    internal static MetricsOutput Open(
        MetricsSettings? settings, MetricsFile? file, MetricsSource? source, Messages messages)
    {
        MetricsEndpoint? endpoint = settings?.Address is { } address
            ? Serve(address, source!, settings.Hosts, messages)
            : null;
        MetricsFileWriter? writer = file is null ? null : new MetricsFileWriter(file, source!, messages.Warn);
        if (settings is { KeepsFile: true })
        {
            writer?.Keep();
        }

        return new MetricsOutput(endpoint, writer);
    }

    /// <summary>Lets the file stay at the end.</summary>
    internal void Keep() => _file?.Keep();

    public void Dispose()
    {
        _file?.Dispose();
        _endpoint?.Dispose();
    }

    private static MetricsEndpoint Serve(
        MetricsEndpointAddress address, MetricsSource metrics, MetricsHosts hosts, Messages messages)
    {
        MetricsEndpoint endpoint = MetricsEndpoint.Open(address, metrics, hosts: hosts);
        messages.Complain($"the metrics are at {endpoint.Url}");
        if (!address.IsLoopback)
        {
            messages.Warn(
                $"other machines can read the metrics at {endpoint.Url}: the endpoint has no "
                + "authentication. Restrict access with a firewall.");
        }

        return endpoint;
    }
}
