using System;
using System.Buffers;
using System.Buffers.Text;

namespace TunStats.Metrics;

/// <summary>A reusable buffer for UTF-8 text that grows on demand.</summary>
internal sealed class Utf8Buffer
{
    private const int MaxNumberLength = 20;

    // A TimeSpan counts 100 ns.
    private const int FractionDigits = 7;

    private byte[] _bytes = new byte[4096];
    private int _length;

    /// <summary>The written bytes; valid until the next write.</summary>
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
        Reserve(MaxNumberLength);
        Utf8Formatter.TryFormat(number, _bytes.AsSpan(_length), out int written);
        _length += written;
    }

    /// <summary>Appends a time in seconds, with all its digits.</summary>
    internal void AppendSeconds(TimeSpan time)
    {
        Append((ulong)(time.Ticks / TimeSpan.TicksPerSecond));
        Append("."u8);
        Reserve(FractionDigits);
        Utf8Formatter.TryFormat(
            time.Ticks % TimeSpan.TicksPerSecond,
            _bytes.AsSpan(_length),
            out int written,
            new StandardFormat('D', FractionDigits));
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
