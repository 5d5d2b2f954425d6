using System;
using System.Diagnostics.CodeAnalysis;

namespace TunStats.Links;

/// <summary>Flags of an interface: IFF_* of linux/if.h.</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "The field's own word.")]
internal enum LinkFlags : uint
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>Switched on by an administrator (IFF_UP).</summary>
    Up = 1 << 0,

    /// <summary>Can broadcast (IFF_BROADCAST).</summary>
    Broadcast = 1 << 1,

    /// <summary>A loopback (IFF_LOOPBACK).</summary>
    Loopback = 1 << 3,

    /// <summary>One peer at the other end (IFF_POINTOPOINT).</summary>
    PointToPoint = 1 << 4,

    /// <summary>Ready to carry packets (IFF_RUNNING).</summary>
    Running = 1 << 6,

    /// <summary>Does not resolve addresses (IFF_NOARP).</summary>
    NoArp = 1 << 7,

    /// <summary>Takes every packet (IFF_PROMISC).</summary>
    Promiscuous = 1 << 8,

    /// <summary>Takes every multicast packet (IFF_ALLMULTI).</summary>
    AllMulticast = 1 << 9,

    /// <summary>Can multicast (IFF_MULTICAST).</summary>
    Multicast = 1 << 12,

    /// <summary>The driver signals a carrier (IFF_LOWER_UP).</summary>
    LowerUp = 1 << 16,

    /// <summary>The driver signals dormancy (IFF_DORMANT).</summary>
    Dormant = 1 << 17,
}
