namespace TunStats.Peers;

/// <summary>How packets reach a peer.</summary>
public enum PeerPathKind
{
    /// <summary>Not known, or the peer is idle.</summary>
    None = 0,

    /// <summary>Straight to its endpoint.</summary>
    Direct,

    /// <summary>Through a DERP server of a region.</summary>
    Derp,

    /// <summary>Through another node that relays.</summary>
    PeerRelay,
}
