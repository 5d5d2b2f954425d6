using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>This node's addresses; checked for every packet.</summary>
internal sealed class LocalAddresses
{
    private const int Few = 8;

    private readonly Address[] _few;
    private readonly HashSet<IpAddr>? _many;

    private LocalAddresses(IpAddr[] addresses)
    {
        _few = [.. addresses.Select(a => new Address(a.High, a.Low, (ulong)a.Family))];
        _many = addresses.Length > Few ? [.. addresses] : null;
    }

    /// <summary>Null without addresses.</summary>
    internal static LocalAddresses? Create(IEnumerable<IpAddr>? addresses)
    {
        IpAddr[] list = addresses?.Select(a => a.WithZone(null)).Where(a => a.IsValid).Distinct().ToArray() ?? [];
        return list.Length == 0 ? null : new LocalAddresses(list);
    }

    /// <summary>
    /// The direction of a packet: out if only its source is local, in if only its destination is. No branch depends on
    /// the packet while the addresses are few.
    /// </summary>
    /// <param name="key">The packet's own key.</param>
    /// <param name="isKnown">Whether one end is local and the other is not.</param>
    /// <returns>0 for out or unknown, 1 for in.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal uint DirectionOf(in FlowKey key, out uint isKnown)
    {
        if (_many is not null)
        {
            return DirectionAmongMany(key, out isKnown);
        }

        ulong family = (byte)key._rest;
        uint source = 0, destination = 0;
        foreach (ref readonly Address address in _few.AsSpan())
        {
            ulong other = address.Family ^ family;
            source |= IsZero((address.Low ^ key._sourceLow) | (address.High ^ key._sourceHigh) | other);
            destination |= IsZero((address.Low ^ key._destinationLow) | (address.High ^ key._destinationHigh) | other);
        }

        isKnown = source ^ destination;
        return destination & ~source;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint IsZero(ulong value) => value == 0 ? 1u : 0u;

    private uint DirectionAmongMany(in FlowKey key, out uint isKnown)
    {
        bool source = _many!.Contains(key.SourceAddress), destination = _many.Contains(key.DestinationAddress);
        isKnown = source != destination ? 1u : 0;
        return destination && !source ? 1u : 0;
    }

    private readonly record struct Address(ulong High, ulong Low, ulong Family);
}
