using System.Globalization;
using TunStats.Net;

namespace TunStats.Peers;

/// <summary>How packets reach a peer, and through what.</summary>
/// <param name="Kind">Direct, over DERP, over a peer relay, or none.</param>
/// <param name="Endpoint">
/// The destination of the packets as network logs write it: the peer's endpoint, the relay's, or 127.3.3.40 with the
/// number of the DERP region as port. Empty if unknown.
/// </param>
/// <param name="Relay">The DERP region's code, or the peer relay with its VNI; empty for a direct path.</param>
public readonly record struct PeerPath(PeerPathKind Kind, AddrPort Endpoint, string Relay)
{
    /// <summary>The address of DERP in network logs; the port is the region's number.</summary>
    public static IpAddr DerpAddress => IpAddr.FromIPv4(0x7f03_0328);

    /// <summary>No path is known.</summary>
    public static PeerPath None => new(PeerPathKind.None, default, string.Empty);

    /// <summary>Directly to an endpoint.</summary>
    public static PeerPath Direct(AddrPort endpoint) => new(PeerPathKind.Direct, endpoint, string.Empty);

    /// <summary>Through a DERP region.</summary>
    /// <param name="code">The region's code, such as <c>fra</c>.</param>
    /// <param name="region">Its number; 0 if unknown.</param>
    public static PeerPath Derp(string code, ushort region) =>
        new(PeerPathKind.Derp, new AddrPort(DerpAddress, region), code);

    /// <summary>The endpoint of a direct path, else the relay; empty if unknown.</summary>
    public string Via => Kind == PeerPathKind.Direct ? Endpoint.ToString() : Relay;

    /// <summary>
    /// Whether it is the same path; the number of a DERP region may become known later than its code.
    /// </summary>
    public bool IsSameWay(PeerPath other) => Kind == other.Kind
        && (Kind == PeerPathKind.Direct ? Endpoint == other.Endpoint : Relay == other.Relay);

    /// <summary>Kind and relay or endpoint, on one line.</summary>
    public override string ToString() => Kind switch
    {
        PeerPathKind.None => string.Empty,
        PeerPathKind.Direct => string.Create(CultureInfo.InvariantCulture, $"direct {Endpoint}"),
        PeerPathKind.Derp => $"DERP {Relay}",
        _ => $"peer relay {Relay}",
    };
}
