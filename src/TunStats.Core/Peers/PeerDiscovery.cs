using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Net;
using TunStats.Netlink;
using TunStats.Routes;

namespace TunStats.Peers;

/// <summary>Finds the source of a device's peers. Not thread-safe.</summary>
/// <param name="networkNamespace">The devices' namespace; null for the caller's own.</param>
/// <param name="options">Where to look.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class PeerDiscovery(
    NetworkNamespace? networkNamespace, PeerSourceOptions options, TimeProvider timeProvider)
{
    private const string WireGuardKind = "wireguard";

    private IReadOnlyList<IpAddr>? _tailscaleAddresses;

    /// <summary>Opens the source of a device's peers; null for none.</summary>
    /// <exception cref="NetlinkException">The kernel gave no socket, or did not answer.</exception>
    internal IPeerSource? Find(LinkInfo link, CancellationToken cancellationToken)
    {
        if (options.Layer is PhysicalLayer.Auto or PhysicalLayer.WireGuard)
        {
            if (link.Kind == WireGuardKind)
            {
                return KernelWireGuardSource.Open(link.Name, networkNamespace, timeProvider);
            }

            if (HasProcess(UserspaceWireGuardSource.DefaultPath(link.Name)))
            {
                return WireGuard(link.Name, path: null);
            }
        }

        return options.Layer == PhysicalLayer.Tailscale
            || (options.Layer == PhysicalLayer.Auto && IsTailscale(link, cancellationToken))
            ? Tailscale(link.Name, options.TailscalePath)
            : null;
    }

    /// <summary>Opens the source behind a given socket.</summary>
    /// <param name="path">The socket's path.</param>
    /// <param name="device">The device; null if not given.</param>
    /// <param name="links">The devices to search for tailscaled's.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">Nothing listens there, or the socket may not be used.</exception>
    internal IPeerSource FindSocket(
        string path, string? device, LinkClient links, CancellationToken cancellationToken)
    {
        bool isTailscale = options.Layer switch
        {
            PhysicalLayer.WireGuard => false,
            PhysicalLayer.Tailscale => true,
            _ => SpeaksHttp(path, cancellationToken),
        };
        return isTailscale
            ? Tailscale(device ?? FindTailscaleDevice(path, links, cancellationToken), path)
            : WireGuard(device ?? Path.GetFileNameWithoutExtension(path), path);
    }

    /// <summary>
    /// The source of a tailscaled without a device (userspace networking); null if it does not run. Its socket does not
    /// reveal its network namespace, so it counts only for the caller's own.
    /// </summary>
    internal IPeerSource? FindWithoutDevice() =>
        networkNamespace is null && options.Layer is PhysicalLayer.Auto or PhysicalLayer.Tailscale
            ? Tailscale(device: string.Empty, options.TailscalePath)
            : null;

    /// <summary>
    /// Whether a WireGuard process listens; a killed process leaves its socket behind.
    /// </summary>
    private bool HasProcess(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using UnixStream? stream = UnixStream.TryConnect(path, options.Timeout, timeProvider);
            return stream is not null;
        }
        catch (TunStatsException)
        {
            // A process listens, but access is denied or it is busy: the next reading reports that.
            return true;
        }
    }

    private UserspaceWireGuardSource WireGuard(string device, string? path) =>
        new(device, path, timeProvider) { Timeout = options.Timeout };

    private TailscaleSource Tailscale(string device, string path) =>
        new(device, path, timeProvider) { Timeout = options.Timeout };

    /// <summary>Whether a device is tailscaled's: it has one of tailscaled's own addresses.</summary>
    private bool IsTailscale(LinkInfo link, CancellationToken cancellationToken)
    {
        if (_tailscaleAddresses is null)
        {
            // Report an error for one device, not for all that could be tailscaled's.
            _tailscaleAddresses = [];
            _tailscaleAddresses = ReadAddresses(options.TailscalePath, cancellationToken);
        }

        return _tailscaleAddresses.Count > 0
            && AddressesOf(link.Name, cancellationToken).Any(_tailscaleAddresses.Contains);
    }

    private string FindTailscaleDevice(string path, LinkClient links, CancellationToken cancellationToken)
    {
        IReadOnlyList<IpAddr> addresses = ReadAddresses(path, cancellationToken);
        return addresses.Count == 0 ? string.Empty : links
            .ListLinks(static link => link.IsTunnel, cancellationToken).Items
            .FirstOrDefault(link => AddressesOf(link.Name, cancellationToken).Any(addresses.Contains))?.Name
            ?? string.Empty;
    }

    private IReadOnlyList<IpAddr> ReadAddresses(string path, CancellationToken cancellationToken)
    {
        using TailscaleSource source = Tailscale(device: string.Empty, path);
        return source.Read(cancellationToken)?.Self?.AddressList ?? [];
    }

    private IEnumerable<IpAddr> AddressesOf(string device, CancellationToken cancellationToken)
    {
        using KernelRoutes routes = KernelRoutes.Open(networkNamespace, timeProvider);
        try
        {
            return routes.Read(device, cancellationToken).Routes.LocalAddresses;
        }
        catch (TunStatsException e) when (e.Kind == ErrorKind.DeviceNotFound)
        {
            // It was removed since it was listed.
            return [];
        }
    }

    /// <summary>
    /// Sends the request of WireGuard's tools. A WireGuard process answers with key=value in lower case, tailscaled
    /// with an error of HTTP.
    /// </summary>
    private bool SpeaksHttp(string path, CancellationToken cancellationToken)
    {
        using UnixStream stream =
            UnixStream.TryConnect(path, options.Timeout, timeProvider) ?? throw PeerErrors.NotThere(path);
        stream.Send("get=1\n\n"u8, cancellationToken);
        Span<byte> first = stackalloc byte[1];
        return stream.Receive(first, cancellationToken) > 0 && !char.IsAsciiLetterLower((char)first[0]);
    }
}
