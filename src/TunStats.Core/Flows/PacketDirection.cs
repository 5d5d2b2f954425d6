namespace TunStats.Flows;

/// <summary>Which way a packet went, seen from this node.</summary>
public enum PacketDirection : byte
{
    /// <summary>Out: what the kernel hands to the tunnel.</summary>
    Tx = 0,

    /// <summary>In: what comes out of the tunnel.</summary>
    Rx = 1,
}
