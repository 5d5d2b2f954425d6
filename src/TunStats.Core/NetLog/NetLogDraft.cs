using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// An object that may be a message, while it is being read. Reused for the next one, so that its lists grow once.
/// </summary>
internal sealed class NetLogDraft
{
    /// <summary>An entry in a list here, and then in the list that is handed out.</summary>
    internal static readonly int EntryMemory = 2 * Unsafe.SizeOf<ConnectionCounts>();

    private readonly List<NetLogNode> _nodes = [];
    private readonly Entries[] _lists = [new(), new(), new(), new()];

    public NetLogMember Seen { get; set; }

    public NanoTime? Start { get; set; }

    public NanoTime? End { get; set; }

    public NanoTime? Logged { get; set; }

    public NanoTime? LogTailTime { get; set; }

    public string LogId { get; set; } = string.Empty;

    /// <summary>The run of the logger, from the message or from its envelope.</summary>
    public string LoggerId { get; set; } = string.Empty;

    /// <summary>The number of the message, from the message or from its envelope.</summary>
    public long? Sequence { get; set; }

    public string NodeId { get; set; } = string.Empty;

    public NetLogNode? SrcNode { get; set; }

    /// <summary>Its first error.</summary>
    public NetLogFormatException? Error { get; set; }

    /// <summary>Its approximate memory in bytes.</summary>
    public long Memory { get; private set; }

    public bool IsMessage => (Seen & NetLogMember.Traffic) != 0;

    /// <summary>The list of a class.</summary>
    public Entries List(FlowClass flowClass) => _lists[(int)flowClass - (int)FlowClass.Virtual];

    /// <summary>Counts the memory of entries.</summary>
    public int CountEntries(int count)
    {
        Memory += (long)count * EntryMemory;
        return count * EntryMemory;
    }

    /// <summary>Counts the memory of a text or a node; the length of its JSON is accurate enough.</summary>
    public int CountJson(int length)
    {
        int memory = 256 + (length * 4);
        Memory += memory;
        return memory;
    }

    public void Add(NetLogNode node) => _nodes.Add(node);

    /// <summary>Makes the message.</summary>
    /// <param name="envelope">The object that numbers it, which may be this one; null for none.</param>
    public NetLogMessage ToMessage(NetLogDraft? envelope) => new()
    {
        StartTime = Start ?? default,
        EndTime = End ?? default,
        NodeId = NodeId,
        LogId = LogId,
        LoggedTime = Logged ?? LogTailTime,
        LoggerId = envelope?.LoggerId ?? string.Empty,
        Sequence = envelope?.Sequence,
        SrcNode = SrcNode,
        DstNodes = _nodes.Count == 0 ? [] : [.. _nodes],
        VirtualTraffic = List(FlowClass.Virtual).ToArray(),
        SubnetTraffic = List(FlowClass.Subnet).ToArray(),
        ExitTraffic = List(FlowClass.Exit).ToArray(),
        PhysicalTraffic = List(FlowClass.Physical).ToArray(),
    };

    /// <summary>Clears everything.</summary>
    public void Clear()
    {
        Seen = NetLogMember.Other;
        Start = End = Logged = LogTailTime = null;
        LogId = NodeId = LoggerId = string.Empty;
        Sequence = null;
        SrcNode = null;
        Error = null;
        DropLists();
    }

    /// <summary>Clears only the lists, which are no longer needed.</summary>
    public void DropLists()
    {
        Memory = 0;
        _nodes.Clear();
        foreach (Entries list in _lists)
        {
            list.Clear();
        }
    }

    /// <summary>A list of entries that grows.</summary>
    internal sealed class Entries
    {
        /// <summary>Larger lists are not reused for the next message.</summary>
        private const int MaxKept = 8 * 1024;

        private ConnectionCounts[] _entries = [];

        public int Count { get; set; }

        /// <summary>Room for the next entries, one at least; <see cref="Count"/> is the number that were set.</summary>
        public ConnectionCounts[] WithRoom()
        {
            if (Count == _entries.Length)
            {
                Array.Resize(ref _entries, Math.Max(16, Count * 2));
            }

            return _entries;
        }

        public ConnectionCounts[] ToArray() => _entries.AsSpan(0, Count).ToArray();

        public void Clear()
        {
            Count = 0;
            _entries = _entries.Length > MaxKept ? [] : _entries;
        }
    }
}
