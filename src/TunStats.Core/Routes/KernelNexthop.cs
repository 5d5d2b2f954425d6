using System;
using System.Runtime.InteropServices;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.RouteConstants;

namespace TunStats.Routes;

/// <summary>A next hop object from an RTM_NEWNEXTHOP message.</summary>
internal readonly ref struct KernelNexthop
{
    private readonly ReadOnlySpan<byte> _group;

    private KernelNexthop(uint id, int index, ReadOnlySpan<byte> group)
    {
        Id = id;
        Index = index;
        _group = group;
    }

    /// <summary>Its number.</summary>
    internal uint Id { get; }

    /// <summary>The index of its device; 0 for a group.</summary>
    internal int Index { get; }

    /// <summary>The members of a group; empty for a single next hop.</summary>
    internal ReadOnlySpan<nexthop_grp> Group => MemoryMarshal.Cast<byte, nexthop_grp>(_group);

    /// <summary>Reads a message.</summary>
    /// <exception cref="NetlinkException">A length in it is invalid.</exception>
    internal static KernelNexthop Parse(scoped in NetlinkMessage message)
    {
        message.ReadFixed<nhmsg>(out ReadOnlySpan<byte> bytes);
        uint id = 0;
        int index = 0;
        ReadOnlySpan<byte> group = default;
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case NHA_ID:
                    id = attributes.ReadNumber<uint>(nameof(NHA_ID));
                    break;
                case NHA_OIF:
                    index = attributes.ReadNumber<int>(nameof(NHA_OIF));
                    break;
                case NHA_GROUP:
                    group = attributes.Value;
                    break;
            }
        }

        return new KernelNexthop(id, index, group);
    }
}
