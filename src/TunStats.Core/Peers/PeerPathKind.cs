namespace TunStats.Peers;

/// <summary>How packets reach a peer.</summary>
public enum PeerPathKind
{
    /// <summary>Unknown, or the peer is idle.</summary>
    None = 0,

    /// <summary>Directly to its endpoint.</summary>
    Direct,

    /// <summary>Through a DERP server.</summary>
    Derp,

    /// <summary>Through a node that relays.</summary>
    PeerRelay,
}
