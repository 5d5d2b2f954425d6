using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Peers;

/// <summary>The devices of a network namespace of this kernel; the name of the namespace is followed.</summary>
internal sealed class KernelPeerDevices : IPeerDevices
{
    private readonly PeerSourceOptions _source;
    private readonly TimeProvider _timeProvider;
    private readonly NetworkNamespaceWatch? _namespace;
    private LinkClient? _links;
    private PeerDiscovery? _discovery;

    /// <summary>Opens nothing yet.</summary>
    /// <exception cref="TunStatsException">The text cannot name a namespace.</exception>
    internal KernelPeerDevices(PeerPollerOptions options, TimeProvider timeProvider)
    {
        _source = options.Source;
        _timeProvider = timeProvider;
        _namespace = options.NetworkNamespace is { } text ? new NetworkNamespaceWatch(text) : null;
    }

    public bool HasMoved()
    {
        if (_namespace?.Check() is not (NetworkNamespaceChange.Replaced or NetworkNamespaceChange.Gone))
        {
            return false;
        }

        Close();
        _namespace.Release();
        return true;
    }

    public IReadOnlyList<LinkInfo> List(Predicate<LinkInfo> predicate, CancellationToken cancellationToken)
    {
        // Search for tailscaled at each reading: it may have been started since.
        _discovery = null;
        _links ??= LinkClient.Open(_namespace?.Open(), _timeProvider);
        try
        {
            return _links.ListLinks(predicate, cancellationToken).Items;
        }
        catch (NetlinkException)
        {
            Close();
            throw;
        }
    }

    public IPeerSource? Find(LinkInfo link, CancellationToken cancellationToken)
    {
        _discovery ??= new PeerDiscovery(_namespace?.Open(), _source, _timeProvider);
        return _source.Layer == PhysicalLayer.None ? null
            : _source.SocketPath is { } path
                ? _discovery.FindSocket(path, link.Name, _links!, cancellationToken)
                : _discovery.Find(link, cancellationToken);
    }

    public void Dispose()
    {
        Close();
        _namespace?.Dispose();
    }

    private void Close()
    {
        _links?.Dispose();
        _links = null;
        _discovery = null;
    }
}
