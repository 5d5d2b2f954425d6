namespace TunStats.Flows;

/// <summary>What kind of traffic a connection of a tunnel is.</summary>
public enum FlowClass : byte
{
    /// <summary>Not classified yet.</summary>
    None = 0,

    /// <summary>Between two nodes of the overlay.</summary>
    Virtual,

    /// <summary>With a network behind a subnet router.</summary>
    Subnet,

    /// <summary>With the rest of the world, through an exit node.</summary>
    Exit,

    /// <summary>Packets below the tunnel, between this node and a peer's endpoint.</summary>
    Physical,

    /// <summary>Neither end is a known node; logged as exit traffic.</summary>
    Unknown,
}
