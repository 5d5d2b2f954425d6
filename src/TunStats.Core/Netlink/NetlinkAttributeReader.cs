using System;
using System.Runtime.InteropServices;
using System.Text;
using TunStats.Interop;
using static TunStats.Interop.NetlinkConstants;

namespace TunStats.Netlink;

/// <summary>
/// Enumerates the attributes (struct nlattr) behind a message's fixed part, or inside a nested attribute.
/// </summary>
internal ref struct NetlinkAttributeReader
{
    private const int HeaderSize = 4;

    private readonly ReadOnlySpan<byte> _attributes;
    private int _next;

    /// <summary>Creates a reader positioned before the first attribute.</summary>
    /// <param name="attributes">The bytes that hold attributes and nothing else.</param>
    public NetlinkAttributeReader(ReadOnlySpan<byte> attributes) => _attributes = attributes;

    /// <summary>The current attribute's type, without the flags for nesting and byte order.</summary>
    public ushort Type { get; private set; }

    /// <summary>The current attribute's bytes, without header and padding.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Goes to the next attribute.</summary>
    /// <returns>False when none is left; up to three bytes of padding may remain.</returns>
    /// <exception cref="NetlinkException">An attribute is shorter than its header or longer than what is
    /// left.</exception>
    public bool Read()
    {
        int left = _attributes.Length - _next;
        if (left < HeaderSize)
        {
            return false;
        }

        nlattr header = MemoryMarshal.Read<nlattr>(_attributes[_next..]);
        if (header.nla_len < HeaderSize || header.nla_len > left)
        {
            NetlinkThrow.AttributeLength(header.nla_len, _next, left);
        }

        Type = (ushort)(header.nla_type & NLA_TYPE_MASK);
        Value = _attributes.Slice(_next + HeaderSize, header.nla_len - HeaderSize);
        _next = Math.Min(_next + NetlinkMessage.Align(header.nla_len), _attributes.Length);
        return true;
    }

    /// <summary>The current value as a number in host byte order.</summary>
    /// <param name="name">The attribute's kernel name, for the error.</param>
    /// <exception cref="NetlinkException">The value is shorter than the number.</exception>
    internal readonly unsafe T ReadNumber<T>(string name)
        where T : unmanaged
    {
        if (Value.Length < sizeof(T))
        {
            NetlinkThrow.AttributeValue(name, Value.Length, sizeof(T));
        }

        return MemoryMarshal.Read<T>(Value);
    }

    /// <summary>The current value as text: UTF-8 up to the first NUL, or to its end where there is none.</summary>
    internal readonly string ReadText() => Encoding.UTF8.GetString(ReadTextBytes());

    /// <summary>The bytes of the current value up to the first NUL.</summary>
    internal readonly ReadOnlySpan<byte> ReadTextBytes()
    {
        int end = Value.IndexOf((byte)0);
        return end < 0 ? Value : Value[..end];
    }
}
