using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Peers;

/// <summary>
/// Selects tunnel devices as users name them and reads their peers. A device without a source of peers has none; a
/// literal name that matches no device is an error, a wildcard without a match is not.
/// </summary>
internal sealed class PeerQuery : IDisposable
{
    private readonly IPeerQuerySink _sink;
    private readonly LinkClient _links;
    private readonly PeerDiscovery _discovery;

    /// <summary>Opens a query.</summary>
    /// <param name="sink">Receives the results.</param>
    /// <param name="options">Where to look; null for the usual places.</param>
    /// <param name="networkNamespace">The devices' namespace; null for the caller's own.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public PeerQuery(
        IPeerQuerySink sink,
        PeerSourceOptions? options = null,
        NetworkNamespace? networkNamespace = null,
        TimeProvider? timeProvider = null)
    {
        _sink = sink;
        TimeProvider clock = timeProvider ?? TimeProvider.System;
        _links = LinkClient.Open(networkNamespace, clock);
        _discovery = new PeerDiscovery(networkNamespace, options ?? new PeerSourceOptions(), clock);
    }

    /// <summary>Reads the peers of all tunnel devices, and of a tailscaled without a device.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public void ReadAll(CancellationToken cancellationToken = default)
    {
        if (!ReadMatching(static link => link.IsTunnel, cancellationToken))
        {
            ReadSource("tailscaled", _discovery.FindWithoutDevice, cancellationToken);
        }
    }

    /// <summary>Reads the peers of devices, in the order of the names.</summary>
    /// <param name="names">Names and wildcards.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public void ReadByName(IEnumerable<string> names, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (string name in names)
        {
            LinkSelection selection = _links.Select(name, cancellationToken);
            if (selection.Wildcard is { } wildcard)
            {
                ReadMatching(link => wildcard.IsMatch(link.Name), cancellationToken);
            }
            else
            {
                ReadSource(
                    name,
                    () => _discovery.Find(_links.GetLink(selection.Name, cancellationToken), cancellationToken),
                    cancellationToken);
            }
        }
    }

    /// <summary>Reads the peers behind a socket; a missing socket is an error.</summary>
    /// <param name="path">The socket of a WireGuard process or of tailscaled.</param>
    /// <param name="device">The tunnel device; null to find it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public void ReadSocket(string path, string? device = null, CancellationToken cancellationToken = default)
    {
        PeerSourceKind? kind = ReadSource(
            path, () => _discovery.FindSocket(path, device, _links, cancellationToken), cancellationToken);
        if (kind == PeerSourceKind.None)
        {
            _sink.OnError(PeerErrors.NotThere(path), path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _links.Dispose();

    /// <summary>Reads the peers of several devices.</summary>
    /// <returns>Whether one of them is tailscaled's.</returns>
    private bool ReadMatching(Predicate<LinkInfo> predicate, CancellationToken cancellationToken)
    {
        LinkList<LinkInfo> links = _links.ListLinks(predicate, cancellationToken);
        if (links.Outcome == DumpOutcome.Interrupted)
        {
            _sink.OnWarning(LinkQuery.InterruptedWarning);
        }

        bool hasTailscale = false;
        foreach (LinkInfo link in links.Items)
        {
            PeerSourceKind? kind = ReadSource(
                link.Name, () => _discovery.Find(link, cancellationToken), cancellationToken);
            hasTailscale |= kind == PeerSourceKind.Tailscale;
        }

        return hasTailscale;
    }

    /// <summary>Opens and reads one source, and reports its peers or its error.</summary>
    /// <returns>The kind of the source: None without a source; null after an error.</returns>
    private PeerSourceKind? ReadSource(
        string input, Func<IPeerSource?> open, CancellationToken cancellationToken)
    {
        TunPeerSnapshot? snapshot;
        try
        {
            using IPeerSource? source = open();
            snapshot = source?.Read(cancellationToken);
        }
        catch (TunStatsException e)
        {
            _sink.OnError(e, input);
            return null;
        }

        if (snapshot is null)
        {
            return PeerSourceKind.None;
        }

        if (!snapshot.IsConsistent)
        {
            _sink.OnWarning(
                $"The peers of '{input}' changed during each of {NetlinkConnection.DumpAttempts} readings: one may be "
                + "missing. Repeat the command.");
        }

        foreach (string warning in snapshot.Warnings)
        {
            _sink.OnWarning(warning);
        }

        _sink.OnPeers(snapshot);
        return snapshot.Source;
    }
}
