namespace TunStats.Classes;

/// <summary>The role of an address for a tunnel.</summary>
public enum AddressClass : byte
{
    /// <summary>Neither routed into the tunnel nor a known node: elsewhere.</summary>
    Outside = 0,

    /// <summary>Routed and within the overlay's ranges.</summary>
    Tunnel,

    /// <summary>Routed but outside the overlay's ranges: a network behind a node.</summary>
    Subnet,
}
