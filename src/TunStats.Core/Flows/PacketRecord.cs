using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TunStats.Flows;

/// <summary>
/// The parsed facts of one packet: connection, length, direction and time. Sources of packets return them in
/// batches.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PacketRecord
{
    internal const byte Syn = 0x02;
    internal const byte Ack = 0x10;

    // The bit that is SYN among TCP's flags: one test finds every sign of who opened a connection.
    internal const byte EchoRequest = 0x02;

    internal const byte Opening = Syn | EchoRequest;

    internal const byte Undirected = 0x01;

    /// <summary>The connection, seen from this node: for a received packet the packet's ends are swapped.</summary>
    public FlowKey Key;

    /// <summary>When it was captured, in nanoseconds since 1970-01-01T00:00:00Z.</summary>
    public long UnixNanoseconds;

    /// <summary>Bytes on the wire: whole IP packets, each with its own headers.</summary>
    public uint Bytes;

    /// <summary>The number of packets on the wire: more than 1 where the kernel captured several as one.</summary>
    public uint Packets;

    /// <summary>Bytes of the captured IP packet: fewer than on the wire if it is several.</summary>
    public uint FrameBytes;

    /// <summary>Its direction.</summary>
    public PacketDirection Direction;

    /// <summary>The flags of TCP's header (byte 13); 0 for other protocols.</summary>
    public byte TcpFlags;

    /// <summary><see cref="EchoRequest"/> and <see cref="Undirected"/>.</summary>
    internal byte Marks;

    /// <summary>
    /// Whether the direction is known; if not, <see cref="Direction"/> is Tx and the key is the packet's own.
    /// </summary>
    public bool IsDirectionKnown
    {
        readonly get => (Marks & Undirected) == 0;
        set => Marks = (byte)((Marks & ~Undirected) | (value ? 0 : Undirected));
    }

    /// <summary>Makes a record from a packet's own key.</summary>
    /// <param name="key">The key in the packet's own direction, as the parser gives it.</param>
    /// <param name="direction">Its direction.</param>
    /// <param name="bytes">Bytes of the whole IP packet.</param>
    /// <param name="unixNanoseconds">The time in nanoseconds since 1970.</param>
    /// <param name="tcpFlags">The flags of TCP's header.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PacketRecord(
        in FlowKey key, PacketDirection direction, uint bytes, long unixNanoseconds, byte tcpFlags = 0)
    {
        Key = direction == PacketDirection.Rx ? key.Swap() : key;
        UnixNanoseconds = unixNanoseconds;
        Bytes = bytes;
        Packets = 1;
        FrameBytes = bytes;
        Direction = direction;
        TcpFlags = tcpFlags;
        Marks = 0;
    }

    /// <summary>Fills the fields that the parser does not, and turns the key to this node's view.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Complete(uint direction, uint bytes, long unixNanoseconds)
    {
        FlowKey.SwapIf(0UL - direction, ref Key);
        Describe(direction, bytes, unixNanoseconds);
    }

    /// <summary>Fills the fields besides the key for a packet captured unsegmented.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Describe(uint direction, uint bytes, long unixNanoseconds)
    {
        UnixNanoseconds = unixNanoseconds;
        Bytes = bytes;
        Packets = 1;
        FrameBytes = bytes;
        Direction = (PacketDirection)direction;
    }
}
