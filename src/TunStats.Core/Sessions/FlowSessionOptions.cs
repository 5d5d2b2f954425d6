using System;
using System.Collections.Generic;
using TunStats.Capture;
using TunStats.Classes;
using TunStats.Conntrack;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Peers;

namespace TunStats.Sessions;

/// <summary>What a flow session counts, and how.</summary>
public sealed record FlowSessionOptions
{
    /// <summary>How long devices and connection tracking are counted where nothing says otherwise.</summary>
    public static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(5);

    /// <summary>What to count. Files are read one after another, beside the devices.</summary>
    public required IReadOnlyList<FlowInput> Inputs { get; init; }

    /// <summary>The network namespace of devices and connection tracking: a name, a path or a process id.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>The length of a window; null for one window over all.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>
    /// How long to count devices and connection tracking; null for one default window, or without end where
    /// <see cref="IsContinuous"/> is set.
    /// </summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Counts in consecutive windows until it is stopped, or <see cref="Duration"/> or
    /// <see cref="Count"/> is reached.</summary>
    public bool IsContinuous { get; init; }

    /// <summary>How many windows to take of each device; null for no limit of its own.</summary>
    public int? Count { get; init; }

    /// <summary>Which connections are wanted; null for all.</summary>
    public FlowFilter? Filter { get; init; }

    /// <summary>
    /// How many connections of each window to hand out, those of most bytes first; null for all. Connections of devices
    /// are sorted in any case.
    /// </summary>
    public int? Top { get; init; }

    /// <summary>How many connections a window holds at most; further ones are counted together.</summary>
    public int Capacity { get; init; } = FlowTable.DefaultCapacity;

    /// <summary>
    /// The size of each device's ring in bytes; null for the shares of <see cref="RingBudget.PerDevice"/>.
    /// </summary>
    public long? RingBytes { get; init; }

    /// <summary>This node's addresses, for captures without directions and for connection tracking.</summary>
    public IReadOnlyCollection<IpAddr> LocalAddresses { get; init; } = [];

    /// <summary>
    /// Where classes come from, beside the routes of each device; null where flows are not to be classified.
    /// <see cref="ClassifierOptions.Devices"/> are those whose routes classify files and connection tracking.
    /// </summary>
    public ClassifierOptions? Classes { get; init; }

    /// <summary>
    /// Where to look for the peers of each device; null where nobody asks for them. With them flows are classified, by
    /// the nodes where tailscaled reports them, and windows have the traffic below the tunnel.
    /// </summary>
    public PeerSourceOptions? Peers { get; init; }

    /// <summary>Where the names of connections' ends come from; null where nobody asks for them.</summary>
    public FlowNameOptions? Names { get; init; }

    /// <summary>Takes each look at the peers for Prometheus; null where nobody asks for it.</summary>
    internal PeerMetrics? PeerMetrics { get; init; }

    /// <summary>Called with each change of the path to a peer, on the thread that looks at the peers.</summary>
    internal Action<PeerPathChange>? PathChanged { get; init; }

    /// <summary>Opens the ring of a device; null for the kernel's.</summary>
    internal Func<string, IPacketRing>? OpenRing { get; init; }

    /// <summary>Makes the devices that may have peers; null for those of this kernel.</summary>
    internal Func<IPeerDevices>? PeerDevices { get; init; }

    /// <summary>Whether flows of a source without any route are an error, and not exit traffic.</summary>
    public bool RequiresRoutes { get; init; }

    /// <summary>How the user gives routes, for messages: names of parameters or options.</summary>
    public string RouteHint { get; init; } = "routes";

    /// <summary>How connection tracking is read; null for the defaults.</summary>
    public ConntrackOptions? Conntrack { get; init; }

    /// <summary>Reads the table of connection tracking once, in place of windows.</summary>
    public bool IsTableOnly { get; init; }

    /// <summary>The length of a window of a live source.</summary>
    internal TimeSpan LiveInterval => Interval ?? Duration ?? DefaultDuration;

    /// <summary>How long a live source is counted; null without end.</summary>
    internal TimeSpan? LiveDuration
    {
        get
        {
            TimeSpan? byCount = Count is { } count ? count * LiveInterval : null;
            TimeSpan? given = Duration < byCount || byCount is null ? Duration : byCount;
            return given ?? (IsContinuous ? null : LiveInterval);
        }
    }

    /// <summary>What counters need of this.</summary>
    internal FlowMeterOptions Meter => new() { Filter = Filter, Capacity = Capacity, Interval = Interval };

    /// <summary>Checks the lengths of time.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is too short or too long for a window.</exception>
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
