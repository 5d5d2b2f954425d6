using System;
using System.Buffers.Text;

namespace TunStats.Polling;

/// <summary>Bytes of a text that is written again and again: it grows when it must and is kept.</summary>
internal sealed class Utf8Buffer
{
    private const int LongestNumber = 20;

    private byte[] _bytes = new byte[4096];
    private int _length;

    /// <summary>What was written; valid until the next write.</summary>
    internal ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    internal void Clear() => _length = 0;

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    internal void Append(ulong number)
    {
        Reserve(LongestNumber);
        Utf8Formatter.TryFormat(number, _bytes.AsSpan(_length), out int written);
        _length += written;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }
    }
}
