using System;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Peers;

/// <summary>Opens the source of a tunnel device's peers.</summary>
internal static class PeerSources
{
    /// <summary>
    /// Opens the source of a device: WireGuard of the kernel by the device's kind, a WireGuard process by its socket,
    /// tailscaled by its addresses on the device.
    /// </summary>
    /// <param name="device">The device's name.</param>
    /// <param name="options">Where to look; null for the usual places.</param>
    /// <param name="networkNamespace">The device's namespace; null for the caller's own.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The source; null if there is none.</returns>
    /// <exception cref="TunStatsException">There is no such device.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    /// <exception cref="TunStatsException">
    /// A socket may not be used, does not answer, or sends an invalid answer.
    /// </exception>
    public static IPeerSource? Open(
        string device,
        PeerSourceOptions? options = null,
        NetworkNamespace? networkNamespace = null,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new PeerSourceOptions();
        if (options.Layer == PhysicalLayer.None)
        {
            return null;
        }

        var discovery = new PeerDiscovery(networkNamespace, options, timeProvider ?? TimeProvider.System);
        using LinkClient links = LinkClient.Open(networkNamespace, timeProvider);
        return options.SocketPath is { } path
            ? discovery.FindSocket(path, device, links, cancellationToken)
            : discovery.Find(links.GetLink(device, cancellationToken), cancellationToken);
    }
}
