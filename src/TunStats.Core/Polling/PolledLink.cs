using System;
using TunStats.Links;

namespace TunStats.Polling;

/// <summary>What a poller remembers of one device, over all its lives.</summary>
internal sealed class PolledLink(string name)
{
    private LinkCounters _totals;
    private LinkCounters _last;
    private long _lastTimestamp;
    private bool _hasLast;
    private int _lastIndex;
    private bool _wasGone;

    internal string Name { get; private set; } = name;

    /// <summary>The name as a label value of a metric.</summary>
    internal byte[] Label { get; private set; } = MetricsLabel.Escape(name);

    /// <summary>The index of its present life; 0 while it is not there.</summary>
    internal int Index { get; private set; }

    internal string Kind { get; private set; } = "";

    internal ulong SequenceNumber { get; private set; }

    /// <summary>
    /// tundev_txq_drops: null until the first success, then the kernel's value and its increases, saturating.
    /// </summary>
    internal ulong? TxDroppedTotal => _hasLast ? _totals.TxDropped : null;

    /// <summary>Whether it was ever read.</summary>
    internal bool IsSeen => _hasLast;

    /// <summary>The kernel's values at the first success, then their increases; each stays at 2^64-1.</summary>
    internal ref readonly LinkCounters Totals => ref _totals;

    /// <summary>The beat at which it was seen last.</summary>
    internal long Beat { get; private set; } = -1;

    internal RtnlLinkStats64 LastStats(DateTime now) => new(Name, Index, Kind, now, _last);

    /// <summary>Begins a life, or goes on with it under another name where the index is the same.</summary>
    internal void Attach(LinkInfo link)
    {
        if (Name != link.Name)
        {
            Name = link.Name;
            Label = MetricsLabel.Escape(link.Name);
        }

        Kind = link.Kind;
        Index = link.Index;
    }

    /// <summary>Ends the life.</summary>
    internal void Detach() => (Index, _wasGone) = (0, true);

    /// <summary>Takes a reading.</summary>
    /// <returns>What happened to the device.</returns>
    internal LinkSampleEvent Take(
        in LinkCounters counters, long timestamp, long beat, out LinkCounters from, out long fromTimestamp)
    {
        LinkSampleEvent happened = !_hasLast ? LinkSampleEvent.First
            : _wasGone ? LinkSampleEvent.Reappeared
            : LinkIncrease.IsReset(_last, counters) ? LinkSampleEvent.Reset
            : LinkSampleEvent.None;

        // Another index is another device, whose counters began at 0 however high they are by now.
        from = Index == _lastIndex ? _last : default;
        fromTimestamp = _lastTimestamp;
        LinkCounters added = LinkCountersArithmetic.Increase(from, counters, out _);
        _totals = LinkCountersArithmetic.Sum(_totals, added);
        (_last, _lastTimestamp, _hasLast, Beat) = (counters, timestamp, true, beat);
        (_lastIndex, _wasGone) = (Index, false);
        SequenceNumber++;
        return happened;
    }

    /// <summary>Counts a sample that tells of the device's end.</summary>
    internal void CountGone() => SequenceNumber++;
}
