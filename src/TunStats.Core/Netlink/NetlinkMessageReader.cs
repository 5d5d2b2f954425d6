using System;
using System.Runtime.InteropServices;
using TunStats.Interop;

namespace TunStats.Netlink;

/// <summary>Enumerates the messages of one datagram.</summary>
internal ref struct NetlinkMessageReader
{
    private const int HeaderSize = 16;

    private ReadOnlySpan<byte> _rest;

    /// <summary>Creates a reader positioned before the first message.</summary>
    /// <param name="datagram">The datagram of one receive.</param>
    public NetlinkMessageReader(ReadOnlySpan<byte> datagram) => _rest = datagram;

    /// <summary>Reads the next message.</summary>
    /// <returns>False when no byte is left.</returns>
    /// <exception cref="NetlinkException">A message is shorter than its header or longer than the datagram.</exception>
    public bool TryRead(out NetlinkMessage message)
    {
        if (_rest.IsEmpty)
        {
            message = default;
            return false;
        }

        if (_rest.Length < HeaderSize)
        {
            NetlinkThrow.MessageLength((uint)_rest.Length, _rest.Length);
        }

        nlmsghdr header = MemoryMarshal.Read<nlmsghdr>(_rest);
        if (header.nlmsg_len < HeaderSize || header.nlmsg_len > (uint)_rest.Length)
        {
            NetlinkThrow.MessageLength(header.nlmsg_len, _rest.Length);
        }

        int length = (int)header.nlmsg_len;
        message = new NetlinkMessage(header, _rest[HeaderSize..length]);
        _rest = _rest[Math.Min(NetlinkMessage.Align(length), _rest.Length)..];
        return true;
    }
}
