using System;
using System.Runtime.InteropServices;
using System.Text;
using TunStats.Interop;

namespace TunStats.Netlink;

/// <summary>Writes one request message into a buffer: header, fixed struct, attributes.</summary>
internal ref struct NetlinkRequest
{
    private readonly Span<byte> _buffer;
    private int _length;

    internal unsafe NetlinkRequest(Span<byte> buffer, ushort type, ushort flags, uint sequence, uint portId)
    {
        _buffer = buffer;
        Flags = flags;
        Sequence = sequence;
        nlmsghdr header = new()
        {
            nlmsg_type = type,
            nlmsg_flags = flags,
            nlmsg_seq = sequence,
            nlmsg_pid = portId,
        };
        Append(header);
    }

    /// <summary>The flags (nlmsg_flags) of the request.</summary>
    public ushort Flags { get; }

    /// <summary>The sequence number that answers carry.</summary>
    public uint Sequence { get; }

    /// <summary>Appends the fixed struct of the message type.</summary>
    /// <exception cref="ArgumentException">The request is full.</exception>
    internal unsafe void Append<T>(in T value)
        where T : unmanaged => MemoryMarshal.Write(Extend(sizeof(T)), in value);

    /// <summary>Appends an attribute that holds a number or a struct.</summary>
    /// <exception cref="ArgumentException">The request is full.</exception>
    internal unsafe void AppendAttribute<T>(ushort type, in T value)
        where T : unmanaged => MemoryMarshal.Write(ExtendAttribute(type, sizeof(T)), in value);

    /// <summary>Appends an attribute that holds text, NUL-terminated UTF-8.</summary>
    /// <exception cref="ArgumentException">The request is full.</exception>
    internal void AppendAttribute(ushort type, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(text, ExtendAttribute(type, length + 1));
    }

    /// <summary>Appends an attribute that holds text as bytes, and a NUL.</summary>
    /// <exception cref="ArgumentException">The request is full.</exception>
    internal void AppendText(ushort type, ReadOnlySpan<byte> text) =>
        text.CopyTo(ExtendAttribute(type, text.Length + 1));

    /// <summary>Begins a nested attribute.</summary>
    /// <returns>The position for <see cref="EndNested"/>.</returns>
    internal int BeginNested(ushort type)
    {
        int start = _length;
        ExtendAttribute((ushort)(type | NetlinkConstants.NLA_F_NESTED), 0);
        return start;
    }

    /// <summary>Ends a nested attribute.</summary>
    internal readonly void EndNested(int start)
    {
        ushort length = (ushort)(_length - start);
        MemoryMarshal.Write(_buffer[start..], in length);
    }

    /// <summary>Completes the header.</summary>
    /// <returns>The finished message.</returns>
    internal readonly ReadOnlySpan<byte> Finish()
    {
        uint length = (uint)_length;
        MemoryMarshal.Write(_buffer, in length);
        return _buffer[.._length];
    }

    private Span<byte> ExtendAttribute(ushort type, int valueLength)
    {
        nlattr header = new() { nla_len = (ushort)(4 + valueLength), nla_type = type };
        Append(header);
        return Extend(valueLength);
    }

    private Span<byte> Extend(int length)
    {
        int start = _length;
        int end = start + NetlinkMessage.Align(length);
        if (end > _buffer.Length)
        {
            NetlinkThrow.RequestFull(end, _buffer.Length);
        }

        _buffer[start..end].Clear();
        _length = end;
        return _buffer.Slice(start, length);
    }
}
