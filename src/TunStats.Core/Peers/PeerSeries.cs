using System;
using TunStats.Metrics;

namespace TunStats.Peers;

/// <summary>The metrics of one peer; its labels are encoded once per reading, not once per scrape.</summary>
/// <param name="peer">The peer, from a tracker.</param>
/// <param name="networkNamespace">The namespace that was named; null if none was.</param>
internal sealed class PeerSeries(TunPeer peer, string? networkNamespace)
{
    internal TunPeer Peer { get; } = peer;

    /// <summary>The labels of all series of the peer, without braces.</summary>
    internal byte[] Labels { get; } = MetricsLabel.Pairs(
    [
        ("interface", peer.Device),
        ("public_key", peer.PublicKey),
        .. peer.Name.Length > 0 ? [("friendly_name", peer.Name)] : Array.Empty<(string, string)>(),
        .. networkNamespace is null ? [] : new[] { ("namespace", networkNamespace) },
    ]);

    /// <summary>The further labels of the info series.</summary>
    internal byte[] InfoLabels { get; } = MetricsLabel.Pairs(
        ("node_id", peer.NodeId),
        ("addresses", peer.Addresses),
        ("allowed_ips", peer.AllowedPrefixes),
        ("path", Word(peer.Path)),
        ("endpoint", peer.Endpoint ?? string.Empty),
        ("relay", peer.Relay ?? string.Empty),
        ("os", peer.OS),
        ("user", peer.User),
        ("tags", peer.Tags));

    internal static ulong UnixSeconds(DateTime time) =>
        time > DateTime.UnixEpoch ? (ulong)(time - DateTime.UnixEpoch).TotalSeconds : 0;

    private static string Word(PeerPathKind path) => path switch
    {
        PeerPathKind.Direct => "direct",
        PeerPathKind.Derp => "derp",
        PeerPathKind.PeerRelay => "peer_relay",
        _ => "none",
    };
}
