using System;

namespace TunStats.Metrics;

/// <summary>Writes the bits of a deflate stream, lowest bit of each byte first.</summary>
internal sealed class DeflateBits
{
    private byte[] _bytes;
    private int _length;
    private ulong _pending;
    private int _pendingBits;

    internal DeflateBits(int textLength) => _bytes = new byte[(textLength / 4) + 64];

    /// <summary>Appends a number, its lowest bit first.</summary>
    internal void Append(uint value, int count)
    {
        _pending |= (ulong)value << _pendingBits;
        _pendingBits += count;
        while (_pendingBits >= 8)
        {
            AppendByte((byte)_pending);
            _pending >>= 8;
            _pendingBits -= 8;
        }
    }

    /// <summary>Appends a Huffman code, its highest bit first.</summary>
    internal void AppendCode(uint code, int count)
    {
        uint reversed = 0;
        for (int i = 0; i < count; i++)
        {
            reversed = (reversed << 1) | ((code >> i) & 1);
        }

        Append(reversed, count);
    }

    /// <summary>Pads the last byte.</summary>
    /// <returns>All bytes.</returns>
    internal ReadOnlySpan<byte> Finish()
    {
        if (_pendingBits > 0)
        {
            AppendByte((byte)_pending);
            (_pending, _pendingBits) = (0, 0);
        }

        return _bytes.AsSpan(0, _length);
    }

    private void AppendByte(byte value)
    {
        if (_length == _bytes.Length)
        {
            Array.Resize(ref _bytes, _length * 2);
        }

        _bytes[_length++] = value;
    }
}
