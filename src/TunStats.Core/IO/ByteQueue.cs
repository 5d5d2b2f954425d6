using System;

namespace TunStats.IO;

/// <summary>
/// Bytes in order, in a ring buffer that grows up to a limit. Not thread-safe. A segment from <see cref="Peek"/> stays
/// valid until <see cref="Advance"/>, even if the ring grows.
/// </summary>
internal sealed class ByteQueue(int capacity)
{
    private const int InitialSize = 4096;

    private byte[] _ring = [];
    private int _head;

    /// <summary>The number of bytes in the queue.</summary>
    internal int Count { get; private set; }

    /// <summary>Appends all bytes or none.</summary>
    /// <returns>False if they do not fit.</returns>
    internal bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > capacity - Count)
        {
            return false;
        }

        if (bytes.Length > _ring.Length - Count)
        {
            Grow(Count + bytes.Length);
        }

        int tail = (_head + Count) % _ring.Length;
        int first = Math.Min(bytes.Length, _ring.Length - tail);
        bytes[..first].CopyTo(_ring.AsSpan(tail));
        bytes[first..].CopyTo(_ring);
        Count += bytes.Length;
        return true;
    }

    /// <summary>The oldest bytes, up to the end of the ring.</summary>
    internal ArraySegment<byte> Peek(int limit) =>
        new(_ring, _head, Math.Min(limit, Math.Min(Count, _ring.Length - _head)));

    /// <summary>Removes the oldest bytes.</summary>
    internal void Advance(int count)
    {
        _head = _ring.Length == 0 ? 0 : (_head + count) % _ring.Length;
        Count -= count;
    }

    /// <summary>Removes everything.</summary>
    internal void Clear() => Advance(Count);

    /// <summary>The number of lines that end in the queue.</summary>
    internal long CountLines()
    {
        int first = Math.Min(Count, _ring.Length - _head);
        return _ring.AsSpan(_head, first).Count((byte)'\n') + _ring.AsSpan(0, Count - first).Count((byte)'\n');
    }

    private void Grow(int needed)
    {
        int size = Math.Max(InitialSize, _ring.Length);
        while (size < needed)
        {
            size *= 2;
        }

        byte[] larger = GC.AllocateUninitializedArray<byte>(Math.Min(size, capacity));
        int first = Math.Min(Count, _ring.Length - _head);
        _ring.AsSpan(_head, first).CopyTo(larger);
        _ring.AsSpan(0, Count - first).CopyTo(larger.AsSpan(first));
        _ring = larger;
        _head = 0;
    }
}
