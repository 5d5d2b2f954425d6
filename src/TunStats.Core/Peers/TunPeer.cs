using System;
using System.Collections.Generic;
using TunStats.Net;

namespace TunStats.Peers;

/// <summary>
/// A peer of a tunnel at one instant: an immutable snapshot. Lists are comma-separated texts, so that they sort and
/// export; methods return them typed. Bytes are those of packets below the tunnel, as the source counts them.
/// </summary>
public sealed record TunPeer
{
    /// <summary>The tunnel device; empty if tailscaled has none (userspace networking).</summary>
    public string Device { get; init; } = string.Empty;

    /// <summary>The kind of the source.</summary>
    public PeerSourceKind Source { get; init; }

    /// <summary>The peer's DNS name without a trailing dot; empty if unknown.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>The host's own name; empty if unknown. Not always unique.</summary>
    public string HostName { get; init; } = string.Empty;

    /// <summary>The stable node id; empty if unknown.</summary>
    public string NodeId { get; init; } = string.Empty;

    /// <summary>
    /// The public key as the source writes it: base64 for WireGuard, <c>nodekey:</c> and hexadecimal for tailscaled.
    /// </summary>
    public required string PublicKey { get; init; }

    /// <summary>Its addresses in the tunnel, IPv4 first.</summary>
    public string Addresses => string.Join(", ", AddressList);

    /// <summary>The allowed prefixes of packets from and to it.</summary>
    public string AllowedPrefixes => string.Join(", ", AllowedPrefixList);

    /// <summary>The subnets that it serves to others.</summary>
    public string PrimaryRoutes => string.Join(", ", PrimaryRouteList);

    /// <summary>How packets reach it; None if idle.</summary>
    public PeerPathKind Path => PathValue.Kind;

    /// <summary>The endpoint of a direct path; null for none.</summary>
    public string? Endpoint => PathValue.Kind == PeerPathKind.Direct ? PathValue.Endpoint.ToString() : null;

    /// <summary>
    /// The peer relay in use, else the code of the peer's DERP region, which is also set while the path is direct; null
    /// for none.
    /// </summary>
    public string? Relay => PathValue.Kind == PeerPathKind.PeerRelay ? PathValue.Relay
        : HomePath.Relay.Length > 0 ? HomePath.Relay
        : null;

    /// <summary>When the last handshake was, UTC; null if there was none.</summary>
    public DateTime? LastHandshake { get; init; }

    /// <summary>How long ago the last handshake was at <see cref="Timestamp"/>; null if there was none.</summary>
    public TimeSpan? HandshakeAge => LastHandshake is not { } time ? null
        : Timestamp > time ? Timestamp - time : TimeSpan.Zero;

    /// <summary>Bytes received from it; from 0 again when the source forgets an idle peer.</summary>
    public ulong RxBytes { get; init; }

    /// <summary>Bytes sent to it; from 0 again when the source forgets an idle peer.</summary>
    public ulong TxBytes { get; init; }

    /// <summary>Bytes received since the previous reading; null at the first one.</summary>
    public ulong? RxBytesIncrease { get; init; }

    /// <summary>Bytes sent since the previous reading; null at the first one.</summary>
    public ulong? TxBytesIncrease { get; init; }

    /// <summary>Since when this path is known, UTC; null at a single reading.</summary>
    public DateTime? PathSince { get; init; }

    /// <summary>Whether it is connected to the control server; null if unknown.</summary>
    public bool? Online { get; init; }

    /// <summary>Whether it is the exit node that this node uses.</summary>
    public bool ExitNode { get; init; }

    /// <summary>Its tags.</summary>
    public string Tags => string.Join(", ", TagList);

    /// <summary>The login name of its user; empty if it is tagged or not known.</summary>
    public string User { get; init; } = string.Empty;

    /// <summary>Its operating system; empty if it is not known.</summary>
    public string OS { get; init; } = string.Empty;

    /// <summary>When it was read, UTC.</summary>
    public DateTime Timestamp { get; init; }

    internal IReadOnlyList<IpAddr> AddressList { get; init; } = [];

    internal IReadOnlyList<IpPrefix> AllowedPrefixList { get; init; } = [];

    internal IReadOnlyList<IpPrefix> PrimaryRouteList { get; init; } = [];

    internal IReadOnlyList<string> TagList { get; init; } = [];

    internal PeerPath PathValue { get; init; } = PeerPath.None;

    /// <summary>The path over the peer's own DERP region; none without a region.</summary>
    internal PeerPath HomePath { get; init; } = PeerPath.None;

    /// <summary>The path for which the bytes since the previous reading count.</summary>
    internal PeerPath TrafficPath { get; init; } = PeerPath.None;

    internal PeerPathTotals Totals { get; init; }

    internal ulong PathChangeCount { get; init; }

    /// <summary>The identity of the peer: the node id, else the public key.</summary>
    internal string Identity => NodeId.Length > 0 ? NodeId : PublicKey;

    /// <summary>Its addresses in the tunnel, IPv4 first.</summary>
    public IReadOnlyList<IpAddr> GetAddresses() => AddressList;

    /// <summary>The allowed prefixes of packets from and to it.</summary>
    public IReadOnlyList<IpPrefix> GetAllowedPrefixes() => AllowedPrefixList;

    /// <summary>The subnets that it serves to others.</summary>
    public IReadOnlyList<IpPrefix> GetPrimaryRoutes() => PrimaryRouteList;

    /// <summary>Its tags.</summary>
    public IReadOnlyList<string> GetTags() => TagList;

    /// <summary>The path to it.</summary>
    public PeerPath GetPath() => PathValue;

    /// <summary>Bytes by path since the first reading; all 0 at a single reading.</summary>
    internal PeerPathTotals GetPathTotals() => Totals;

    /// <summary>The name, else the public key.</summary>
    public override string ToString() => Name.Length > 0 ? Name : PublicKey;
}
