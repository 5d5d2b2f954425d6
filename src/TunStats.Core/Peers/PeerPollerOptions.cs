using System;
using System.Collections.Generic;
using TunStats.Polling;

namespace TunStats.Peers;

/// <summary>Which peers to read, and how often.</summary>
internal sealed record PeerPollerOptions
{
    /// <summary>The shortest interval: 1 s. A long list of peers is megabytes.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Names and wildcards of devices; none for all tunnels. A missing name is waited for.
    /// </summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The time between readings; raised to <see cref="MinInterval"/>.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The devices' network namespace: a name, a path or a process id; null for the caller's own.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>Where to look for peers.</summary>
    public PeerSourceOptions Source { get; init; } = new();

    /// <summary>Receives each reading for Prometheus; null for none.</summary>
    public PeerMetrics? Metrics { get; init; }

    /// <summary>Called after each reading, on the poller's thread; must not block.</summary>
    internal Action? Looked { get; init; }

    /// <summary>Options for the peers of the devices of a poller, and its metrics if it has any.</summary>
    public static PeerPollerOptions For(LinkPollerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        PeerMetrics? metrics = null;
        if (options.Metrics is not null)
        {
            metrics = new PeerMetrics(networkNamespace: options.NetworkNamespace);
            options.Metrics.Add(metrics);
        }

        return new PeerPollerOptions
        {
            Names = options.Names,
            Interval = options.Interval,
            NetworkNamespace = options.NetworkNamespace,
            Metrics = metrics,
            Looked = options.Metrics is null ? null : options.Metrics.RaisePublished,
        };
    }
}
