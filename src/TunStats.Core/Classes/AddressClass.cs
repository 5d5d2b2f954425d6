namespace TunStats.Classes;

/// <summary>What an address is to a tunnel.</summary>
public enum AddressClass : byte
{
    /// <summary>Neither routed into the tunnel nor a known node: the rest of the world.</summary>
    Outside = 0,

    /// <summary>Routed, and within the overlay's ranges.</summary>
    Tunnel,

    /// <summary>Routed, and not within the overlay's ranges: a network behind a node.</summary>
    Subnet,
}
