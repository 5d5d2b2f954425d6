using System;

namespace TunStats.NetLog;

/// <summary>
/// The connections of one class of a window, and nothing beside them: the message gets the memory that they were
/// collected in. Equal ones are summed up.
/// </summary>
internal sealed class ConnectionList
{
    private const int MinCapacity = 16;

    private ConnectionCounts[] _entries = [];
    private int _count;
    private int _lastCount;

    /// <summary>Whether nothing was collected.</summary>
    internal bool IsEmpty => _count == 0;

    /// <summary>Collects a connection.</summary>
    /// <param name="entry">The connection.</param>
    /// <param name="expected">How many connections may come, this one included; limits the memory.</param>
    internal void Add(in ConnectionCounts entry, int expected)
    {
        if (_count == _entries.Length)
        {
            MakeRoom(expected);
        }

        _entries[_count++] = entry;
    }

    /// <summary>Hands over what was collected, sorted, and starts again.</summary>
    internal ConnectionCounts[] Take()
    {
        SumUp();
        if (_count < _entries.Length)
        {
            Array.Resize(ref _entries, _count);
        }

        ConnectionCounts[] taken = _entries;
        (_entries, _lastCount, _count) = ([], _count, 0);
        return taken;
    }

    private void MakeRoom(int expected)
    {
        // The same few connections may come any number of times.
        SumUp();
        if (_count <= _entries.Length / 2 && _count < _entries.Length)
        {
            return;
        }

        int wanted = Math.Max(Math.Max(MinCapacity, _count * 2), _lastCount);
        Array.Resize(ref _entries, (int)Math.Min(wanted, (long)_count + Math.Max(1, expected)));
    }

    private void SumUp()
    {
        if (_count < 2)
        {
            return;
        }

        Span<ConnectionCounts> entries = _entries.AsSpan(0, _count);
        entries.Sort();
        int last = 0;
        for (int i = 1; i < entries.Length; i++)
        {
            ref ConnectionCounts before = ref entries[last];
            if (before.CompareTo(entries[i]) == 0)
            {
                before = before with { Counts = before.Counts.Add(entries[i].Counts) };
            }
            else
            {
                entries[++last] = entries[i];
            }
        }

        _count = last + 1;
    }
}
