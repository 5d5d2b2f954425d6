using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;

namespace TunStats.Packets;

/// <summary>This node's addresses, asked for every packet.</summary>
internal sealed class LocalAddresses
{
    private const int Few = 8;

    private readonly IpAddr[] _few;
    private readonly HashSet<IpAddr>? _many;

    private LocalAddresses(IpAddr[] addresses)
    {
        _few = addresses;
        _many = addresses.Length > Few ? [.. addresses] : null;
    }

    /// <summary>Null where there are none.</summary>
    internal static LocalAddresses? Create(IEnumerable<IpAddr>? addresses)
    {
        IpAddr[] list = addresses?.Select(a => a.WithZone(null)).Where(a => a.IsValid).Distinct().ToArray() ?? [];
        return list.Length == 0 ? null : new LocalAddresses(list);
    }

    /// <summary>Which way a packet went: out where its source is local, else in where its destination is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal PacketDirection DirectionOf(in FlowKey key) =>
        !Contains(key._sourceHigh, key._sourceLow, key.Family) && Contains(key._destinationHigh, key._destinationLow,
            key.Family)
            ? PacketDirection.Rx
            : PacketDirection.Tx;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Contains(ulong high, ulong low, IpFamily family)
    {
        if (_many is not null)
        {
            return _many.Contains(new IpAddr(family, high, low));
        }

        foreach (ref readonly IpAddr address in _few.AsSpan())
        {
            if (address.Low == low && address.High == high && address.Family == family)
            {
                return true;
            }
        }

        return false;
    }
}
