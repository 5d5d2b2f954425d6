using System.Runtime.InteropServices;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;

namespace TunStats.Processes;

/// <summary>A TCP or UDP socket of this node.</summary>
/// <param name="Key">
/// Protocol and both ends, the local one first. The other end is the address 0 and port 0 if there is none.
/// </param>
/// <param name="Inode">The number by which /proc names it.</param>
internal readonly record struct SocketRecord(FlowKey Key, uint Inode)
{
    /// <summary>Reads one socket of a sock_diag dump.</summary>
    /// <param name="message">The message.</param>
    /// <param name="protocol">The protocol that was asked for; the message has none.</param>
    /// <param name="socket">The socket.</param>
    /// <returns>False if no process holds the socket, or its family is not IP.</returns>
    /// <exception cref="NetlinkException">The message is shorter than struct inet_diag_msg.</exception>
    internal static unsafe bool TryParse(
        scoped in NetlinkMessage message, IpProtocol protocol, out SocketRecord socket)
    {
        inet_diag_msg fields = message.ReadFixed<inet_diag_msg>(out _);
        socket = default;
        if (fields.idiag_inode == 0
            || fields.idiag_family is not (SocketConstants.AF_INET or SocketConstants.AF_INET6))
        {
            return false;
        }

        int length = fields.idiag_family == SocketConstants.AF_INET ? 4 : 16;
        var local = new IpAddr(MemoryMarshal.CreateReadOnlySpan(ref fields.id.idiag_src[0], length));
        var remote = new IpAddr(MemoryMarshal.CreateReadOnlySpan(ref fields.id.idiag_dst[0], length));
        if (local.Is4In6)
        {
            // A socket for both families that talks IPv4.
            (local, remote) = (local.Unmap(), remote.Is4In6 ? remote.Unmap() : IpAddr.FromIPv4(0));
        }

        var key = new FlowKey(
            protocol,
            new AddrPort(local, Port(fields.id.idiag_sport)),
            new AddrPort(remote, Port(fields.id.idiag_dport)));
        socket = new SocketRecord(key, fields.idiag_inode);
        return true;
    }

    private static ushort Port(ushort networkOrder) =>
        System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(networkOrder);
}
