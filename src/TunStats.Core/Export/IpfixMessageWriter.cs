using System;
using System.Buffers.Binary;

namespace TunStats.Export;

/// <summary>Builds one IPFIX message after the other in a buffer of its own (RFC 7011, section 3).</summary>
/// <param name="maxLength">The most bytes of a message.</param>
/// <param name="domain">The observation domain.</param>
internal sealed class IpfixMessageWriter(int maxLength, uint domain)
{
    private const ushort Version = 10;
    private const int HeaderLength = 16;
    private const int SetHeaderLength = 4;

    private readonly byte[] _buffer = new byte[maxLength];
    private int _length = HeaderLength;
    private int _set;
    private ushort _setId;
    private uint _sequence;

    /// <summary>Whether it holds no set.</summary>
    internal bool IsEmpty => _length == HeaderLength;

    /// <summary>Data records in the message, options included.</summary>
    internal int Records { get; private set; }

    /// <summary>Flow records in the message.</summary>
    internal int Flows { get; private set; }

    /// <summary>Starts an empty message as the first one of a stream.</summary>
    internal void BeginStream()
    {
        _sequence = 0;
        Clear();
    }

    /// <summary>Appends whole sets, which have to fit.</summary>
    internal void AppendSets(ReadOnlySpan<byte> sets)
    {
        CloseSet();
        sets.CopyTo(_buffer.AsSpan(_length));
        _length += sets.Length;
    }

    /// <summary>Makes room for a data record.</summary>
    /// <param name="setId">The record's template.</param>
    /// <param name="length">The record's length.</param>
    /// <returns>Where the record goes; empty if the message has no room for it.</returns>
    internal Span<byte> AddRecord(ushort setId, int length)
    {
        int needed = setId == _setId ? length : length + SetHeaderLength;
        if (needed > _buffer.Length - _length)
        {
            return default;
        }

        if (setId != _setId)
        {
            CloseSet();
            _set = _length;
            _setId = setId;
            _length += SetHeaderLength;
        }

        Span<byte> record = _buffer.AsSpan(_length, length);
        _length += length;
        Records++;
        Flows += setId <= IpfixTemplates.NamedFlowIPv6 ? 1 : 0;
        return record;
    }

    /// <summary>Completes the message; it is valid until <see cref="Next"/>.</summary>
    /// <param name="exportTime">Seconds since 1970.</param>
    internal ReadOnlyMemory<byte> Complete(uint exportTime)
    {
        CloseSet();
        Span<byte> header = _buffer.AsSpan(0, HeaderLength);
        BinaryPrimitives.WriteUInt16BigEndian(header, Version);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)_length);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], exportTime);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], _sequence);
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], domain);
        return _buffer.AsMemory(0, _length);
    }

    /// <summary>Starts the message after one that was sent.</summary>
    internal void Next()
    {
        _sequence += (uint)Records;
        Clear();
    }

    /// <summary>Drops what is in the message.</summary>
    internal void Clear()
    {
        _length = HeaderLength;
        _setId = 0;
        Records = 0;
        Flows = 0;
    }

    private void CloseSet()
    {
        if (_setId != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(_set), _setId);
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(_set + 2), (ushort)(_length - _set));
            _setId = 0;
        }
    }
}
