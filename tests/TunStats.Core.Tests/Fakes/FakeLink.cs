using System;
using System.Collections.Generic;
using TunStats.Interop;

namespace TunStats.Tests.Fakes;

/// <summary>A device of a <see cref="FakeKernel"/>.</summary>
internal sealed class FakeLink
{
    internal required int Index { get; init; }

    internal required string Name { get; set; }

    internal List<string> AlternativeNames { get; } = [];

    internal string Kind { get; init; } = "tun";

    internal byte OperState { get; set; } = 6;

    internal uint CarrierChanges { get; set; }

    internal string Qdisc { get; set; } = "fq_codel";

    /// <summary>What the root queueing discipline counts; null for none.</summary>
    internal gnet_stats_queue? Queue { get; set; }

    internal rtnl_link_stats64 Stats;

    /// <summary>An error number that requests for this device's counters are answered with; 0 for none.</summary>
    internal int Errno { get; set; }

    internal ulong TxDropped
    {
        get => Stats.tx_dropped;
        set => Stats.tx_dropped = value;
    }

    /// <summary>Counts traffic, a different amount in each counter, so that none can be mistaken for another.</summary>
    internal void Count(ulong amount)
    {
        Span<ulong> counters = System.Runtime.InteropServices.MemoryMarshal.Cast<rtnl_link_stats64, ulong>(
            System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref Stats, 1));
        for (int i = 0; i < counters.Length; i++)
        {
            counters[i] += amount * (ulong)(i + 1);
        }
    }
}
