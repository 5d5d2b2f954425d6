using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using TunStats.Interop;

namespace TunStats.Links;

/// <summary>
/// The counters of one interface as the kernel keeps them, without its name: struct rtnl_link_stats64. Each counts up
/// from 0 since the device was made. See <see cref="LinkCounterSet"/> for their meanings.
/// </summary>
public readonly struct LinkCounters : IEquatable<LinkCounters>
{
    private readonly rtnl_link_stats64 _stats;
    private readonly bool _hasRxOtherHostDropped;

    internal LinkCounters(in rtnl_link_stats64 stats, bool hasRxOtherHostDropped)
    {
        _stats = stats;
        _hasRxOtherHostDropped = hasRxOtherHostDropped;
    }

    /// <inheritdoc cref="LinkCounterSet.TxDropped"/>
    public ulong TxDropped => _stats.tx_dropped;

    /// <inheritdoc cref="LinkCounterSet.RxOtherHostDropped"/>
    public ulong? RxOtherHostDropped => _hasRxOtherHostDropped ? _stats.rx_otherhost_dropped : null;

    /// <summary>A counter by its place in <see cref="LinkCounterTable"/>; 0 if the kernel has none.</summary>
    internal ulong this[int index] =>
        MemoryMarshal.Cast<rtnl_link_stats64, ulong>(new ReadOnlySpan<rtnl_link_stats64>(in _stats))[index];

    /// <summary>Whether the kernel sends a counter.</summary>
    internal bool Has(int index) => index != LinkCounterTable.RxOtherHostDropped || _hasRxOtherHostDropped;

    /// <summary>The kernel's struct.</summary>
    [UnscopedRef]
    internal ref readonly rtnl_link_stats64 Raw => ref _stats;

    /// <summary>Whether the kernel sent the newest member, rx_otherhost_dropped.</summary>
    internal bool HasRxOtherHostDropped => _hasRxOtherHostDropped;

    /// <summary>Whether every counter is the same.</summary>
    public static bool operator ==(LinkCounters left, LinkCounters right) => left.Equals(right);

    /// <summary>Whether any counter differs.</summary>
    public static bool operator !=(LinkCounters left, LinkCounters right) => !left.Equals(right);

    /// <summary>Reads the payload of IFLA_STATS_LINK_64.</summary>
    /// <param name="payload">The kernel's struct in host byte order; a newer kernel's may be longer.</param>
    /// <exception cref="TunStatsException">It is shorter than the oldest kernel's struct of 192 bytes.</exception>
    public static unsafe LinkCounters Parse(ReadOnlySpan<byte> payload)
    {
        if (payload.Length >= sizeof(rtnl_link_stats64))
        {
            return new LinkCounters(MemoryMarshal.Read<rtnl_link_stats64>(payload), hasRxOtherHostDropped: true);
        }

        if (payload.Length < rtnl_link_stats64.OldestSize)
        {
            throw LinkErrors.StatsTooShort(payload.Length, rtnl_link_stats64.OldestSize);
        }

        rtnl_link_stats64 stats = default;
        payload[..rtnl_link_stats64.OldestSize].CopyTo(new Span<byte>(&stats, sizeof(rtnl_link_stats64)));
        return new LinkCounters(stats, hasRxOtherHostDropped: false);
    }

    /// <inheritdoc/>
    public bool Equals(LinkCounters other) =>
        _hasRxOtherHostDropped == other._hasRxOtherHostDropped
        && MemoryMarshal.AsBytes(new ReadOnlySpan<rtnl_link_stats64>(in _stats))
            .SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<rtnl_link_stats64>(in other._stats)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LinkCounters other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(
        _stats.rx_packets, _stats.tx_packets, _stats.rx_bytes, _stats.tx_bytes, _stats.rx_dropped, _stats.tx_dropped);
}
