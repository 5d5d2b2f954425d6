using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;

namespace TunStats.Peers;

/// <summary>The devices that may have peers. Not thread-safe.</summary>
internal interface IPeerDevices : IDisposable
{
    /// <summary>Whether the devices are now those of another namespace.</summary>
    bool HasMoved();

    /// <summary>The current devices.</summary>
    /// <exception cref="Netlink.NetlinkException">The kernel did not answer.</exception>
    /// <exception cref="TunStatsException">The namespace does not exist.</exception>
    IReadOnlyList<LinkInfo> List(Predicate<LinkInfo> predicate, CancellationToken cancellationToken);

    /// <summary>Opens the source of a device's peers; null for none.</summary>
    IPeerSource? Find(LinkInfo link, CancellationToken cancellationToken);
}
