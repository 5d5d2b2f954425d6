using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TunStats.Interop;
using static TunStats.Interop.NetlinkConstants;

namespace TunStats.Netlink;

/// <summary>One netlink message inside a received datagram. Its spans are valid until the next receive.</summary>
internal readonly ref struct NetlinkMessage
{
    private readonly nlmsghdr _header;

    internal NetlinkMessage(nlmsghdr header, ReadOnlySpan<byte> payload)
    {
        _header = header;
        Payload = payload;
    }

    /// <summary>The message type (nlmsg_type), such as RTM_NEWLINK.</summary>
    public ushort Type => _header.nlmsg_type;

    /// <summary>The flags (nlmsg_flags).</summary>
    public ushort Flags => _header.nlmsg_flags;

    /// <summary>The sequence number of the request that this answers.</summary>
    public uint Sequence => _header.nlmsg_seq;

    /// <summary>The port id of the socket whose request this answers.</summary>
    public uint PortId => _header.nlmsg_pid;

    /// <summary>The bytes behind the header, without padding.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    internal bool IsInterrupted => (_header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;

    /// <summary>Reads the fixed struct at the payload's beginning.</summary>
    /// <param name="attributes">The bytes behind it, where the attributes are.</param>
    /// <exception cref="NetlinkException">The payload is shorter than the struct.</exception>
    internal unsafe T ReadFixed<T>(out ReadOnlySpan<byte> attributes)
        where T : unmanaged
    {
        if (Payload.Length < sizeof(T))
        {
            NetlinkThrow.PayloadTooShort(typeof(T).Name, Payload.Length, sizeof(T));
        }

        attributes = Payload[Math.Min(Align(sizeof(T)), Payload.Length)..];
        return MemoryMarshal.Read<T>(Payload);
    }

    /// <summary>NLMSG_ALIGN and NLA_ALIGN: lengths are rounded up to 4 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Align(int length) => (length + NLMSG_ALIGNTO - 1) & ~(NLMSG_ALIGNTO - 1);
}
