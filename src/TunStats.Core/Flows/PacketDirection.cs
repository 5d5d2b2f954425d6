namespace TunStats.Flows;

/// <summary>The direction of a packet, seen from this node.</summary>
internal enum PacketDirection : byte
{
    /// <summary>Out: from the kernel into the tunnel.</summary>
    Tx = 0,

    /// <summary>In: out of the tunnel.</summary>
    Rx = 1,
}
