using System;
using System.Collections.Generic;
using TunStats.Capture;
using TunStats.Classes;
using TunStats.Conntrack;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Peers;

namespace TunStats.Sessions;

/// <summary>The options of a flow session.</summary>
internal sealed record FlowSessionOptions
{
    /// <summary>The default time to count devices and connection tracking.</summary>
    public static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(5);

    /// <summary>The inputs. Files are read one after another, in parallel to the devices.</summary>
    public required IReadOnlyList<FlowInput> Inputs { get; init; }

    /// <summary>The network namespace of devices and connection tracking: a name, a path or a process id.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>The length of a window; null for a single window.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>
    /// How long to count devices and connection tracking; null for one default window, or unlimited if
    /// <see cref="IsContinuous"/> is set.
    /// </summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Counts in consecutive windows until stopped, or until <see cref="Duration"/> or
    /// <see cref="Count"/> is reached.</summary>
    public bool IsContinuous { get; init; }

    /// <summary>The number of windows per device; null for no limit.</summary>
    public int? Count { get; init; }

    /// <summary>Selects connections; null for all.</summary>
    public FlowFilter? Filter { get; init; }

    /// <summary>
    /// The number of connections to return per window, those with the most bytes first; null for all. Connections of
    /// devices are always sorted.
    /// </summary>
    public int? Top { get; init; }

    /// <summary>The maximum number of connections in a window; further ones are summed up.</summary>
    public int Capacity { get; init; } = FlowTable.DefaultCapacity;

    /// <summary>
    /// The size of each device's ring in bytes; null for the size by <see cref="RingBudget.PerDevice"/>.
    /// </summary>
    public long? RingBytes { get; init; }

    /// <summary>This node's addresses, for captures without directions and for connection tracking.</summary>
    public IReadOnlyCollection<IpAddr> LocalAddresses { get; init; } = [];

    /// <summary>
    /// The routes for classes, besides those of each device; null if flows are not classified.
    /// <see cref="ClassifierOptions.Devices"/> are the devices whose routes classify files and connection tracking.
    /// </summary>
    public ClassifierOptions? Classes { get; init; }

    /// <summary>
    /// Where to look for the peers of each device; null for no peers. With peers flows are classified, by the nodes
    /// where tailscaled reports them, and windows have the traffic below the tunnel.
    /// </summary>
    public PeerSourceOptions? Peers { get; init; }

    /// <summary>The sources of names for the ends of connections; null for no names.</summary>
    public FlowNameOptions? Names { get; init; }

    /// <summary>Whether connections of devices and connection tracking get their local processes.</summary>
    public bool IncludesProcesses { get; init; }

    /// <summary>Takes each look at the peers for Prometheus; null where nobody asks for it.</summary>
    internal PeerMetrics? PeerMetrics { get; init; }

    /// <summary>Called with each change of the path to a peer, on the thread that looks at the peers.</summary>
    internal Action<PeerPathChange>? PathChanged { get; init; }

    /// <summary>Opens the ring of a device; null for the kernel's.</summary>
    internal Func<string, IPacketRing>? OpenRing { get; init; }

    /// <summary>Lists the devices that may have peers; null for those of this kernel.</summary>
    internal Func<IPeerDevices>? PeerDevices { get; init; }

    /// <summary>Whether a source without routes is an error, instead of all exit traffic.</summary>
    public bool RequiresRoutes { get; init; }

    /// <summary>The parameters or options for routes, for messages.</summary>
    public string RouteHint { get; init; } = "routes";

    /// <summary>The options of connection tracking; null for the defaults.</summary>
    public ConntrackOptions? Conntrack { get; init; }

    /// <summary>Reads the table of connection tracking once, without windows.</summary>
    public bool IsTableOnly { get; init; }

    /// <summary>The length of a window of a live source.</summary>
    internal TimeSpan LiveInterval => Interval ?? Duration ?? DefaultDuration;

    /// <summary>How long a live source is counted; null for no limit.</summary>
    internal TimeSpan? LiveDuration
    {
        get
        {
            TimeSpan? byCount = Count is { } count ? count * LiveInterval : null;
            TimeSpan? given = Duration < byCount || byCount is null ? Duration : byCount;
            return given ?? (IsContinuous ? null : LiveInterval);
        }
    }

    /// <summary>The options for counting.</summary>
    internal FlowMeterOptions Meter => new() { Filter = Filter, Capacity = Capacity, Interval = Interval };

    /// <summary>Validates the durations.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A duration is out of range.</exception>
    internal void Validate()
    {
        CheckLength(Interval, nameof(Interval));
        CheckLength(Duration, nameof(Duration));
    }

    private static void CheckLength(TimeSpan? length, string name)
    {
        if (length < FlowMeterOptions.MinInterval || length > FlowMeterOptions.MaxInterval)
        {
            throw new ArgumentOutOfRangeException(name, length, "A window may be from 10 ms to 1 day long.");
        }
    }
}
