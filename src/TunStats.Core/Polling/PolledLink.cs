using System;
using System.Globalization;
using TunStats.Links;
using TunStats.Metrics;

namespace TunStats.Polling;

/// <summary>
/// One device tracked by name: the kernel device that has the name now, its readings, and the totals since the poller
/// started.
/// </summary>
internal sealed class PolledLink
{
    // Double buffer: with many devices, copying would dominate the cost of a tick.
    private LinkCounters _even;
    private LinkCounters _odd;
    private bool _isLastOdd;

    // The baseline of a re-created device, for its first reading; later readings are compared with the last one.
    // Without either, the increase is unknown.
    private LinkCounters _birth;
    private bool _isBaselineLast;
    private bool _hasBaseline;

    // The increases of removed devices of this name after their last reading, not yet in any sample.
    private LinkCounters _carry;
    private bool _hasCarry;

    private LinkCounters _increase;
    private LinkCounters _totals;
    private long _stagedPoll;
    private long _stagedGeneration;
    private long _missedTicksAtSample;
    private TimeSpan _readAt;
    private bool _isNewLife;

    private readonly string? _namespace;

    internal PolledLink(string name, bool isLiteral, string? networkNamespace = null)
    {
        _namespace = networkNamespace;
        Name = name;
        IsLiteral = isLiteral;
        Label = MetricsLabel.Device(name, networkNamespace);
    }

    internal string Name { get; private set; }

    /// <summary>Whether the user named it, so that its absence is an error; otherwise it matched a wildcard.</summary>
    internal bool IsLiteral { get; private set; }

    /// <summary>The name as a label value of a metric.</summary>
    internal byte[] Label { get; private set; }

    /// <summary>The kind and the index of the device as labels of a metric.</summary>
    internal byte[] InfoLabels { get; private set; } = [];

    internal string Kind { get; private set; } = "";

    /// <summary>The index of the device with this name; 0 if there is none.</summary>
    internal int Index { get; private set; }

    /// <summary>The index of the device of the last reading.</summary>
    internal int DeviceIndex { get; private set; }

    internal long Generation { get; private set; }

    internal LinkPresence Presence { get; private set; }

    /// <summary>Whether the device of the last reading is gone, even if another one has the name now.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>Whether the absence of the device was reported.</summary>
    internal bool IsAbsenceReported { get; private set; }

    internal TimeSpan AbsentSince { get; private set; }

    /// <summary>Whether it has been read.</summary>
    internal bool WasRead { get; private set; }

    internal bool IsInError { get; private set; }

    internal LinkSampleEvent Event { get; private set; }

    internal ulong SequenceNumber { get; private set; }

    internal DateTime Timestamp { get; private set; }

    /// <summary>The time since the reading before; zero without a baseline.</summary>
    internal TimeSpan Elapsed { get; private set; }

    internal long MissedBeats { get; private set; }

    internal string? Error { get; private set; }

    internal bool HasIncrease { get; private set; }

    /// <summary>
    /// tundev_txq_drops: null until the first success, then the kernel's value and its increases, saturating.
    /// </summary>
    internal ulong? TxDroppedTotal => WasRead ? _totals.TxDropped : null;

    /// <summary>The link state and the queueing discipline; null if they are not read.</summary>
    internal PolledLinkDetails? Details { get; private set; }

    /// <summary>The last counters as an object, with the details if they are read.</summary>
    internal RtnlLinkStats64 Stats
    {
        get
        {
            var stats = new RtnlLinkStats64(Name, DeviceIndex, Kind, Timestamp, Last);
            return Details?.AddTo(stats) ?? stats;
        }
    }

    private ref LinkCounters Last => ref _isLastOdd ? ref _odd : ref _even;

    private ref LinkCounters Staged => ref _isLastOdd ? ref _even : ref _odd;

    private ref LinkCounters Baseline => ref _isBaselineLast ? ref Last : ref _birth;

    /// <summary>Valid only if there is an increase.</summary>
    internal ref readonly LinkCounters Increase => ref _increase;

    /// <summary>The kernel's values at the first success, then their increases; saturating at 2^64-1.</summary>
    internal ref readonly LinkCounters Totals => ref _totals;

    internal void Rename(string name, bool isLiteral)
    {
        Name = name;
        IsLiteral = isLiteral;
        Label = MetricsLabel.Device(name, _namespace);
    }

    /// <summary>Starts tracking a kernel device.</summary>
    /// <param name="change">The change that gave it the name.</param>
    /// <param name="baseline">Its counters at that time; null if unknown.</param>
    internal void Attach(in LinkChange change, in LinkCounters? baseline)
    {
        Index = change.Index;
        Generation = change.Generation;
        Kind = change.DeviceKind;
        InfoLabels = MetricsLabel.Pairs(
            ("kind", Kind), ("index", change.Index.ToString(CultureInfo.InvariantCulture)));
        _isNewLife = true;
        _hasBaseline = baseline.HasValue;
        Details?.Restart(baseline.HasValue);
        _isBaselineLast = false;
        _birth = baseline.GetValueOrDefault();
    }

    /// <summary>Stops tracking the device that had the name.</summary>
    /// <param name="last">Its final counters; null if unknown.</param>
    internal void Detach(in LinkCounters? last)
    {
        HasEnded = true;
        if (WasRead && _hasBaseline && last.HasValue)
        {
            LinkCounters gained = LinkCountersArithmetic.Increase(Baseline, last.GetValueOrDefault(), out _);
            _carry = _hasCarry ? LinkCountersArithmetic.Sum(_carry, gained) : gained;
            Last = last.GetValueOrDefault();
            _hasCarry = true;
        }

        Index = 0;
        _hasBaseline = false;
    }

    /// <summary>Stores new counters until the poll is complete.</summary>
    internal void Stage(in LinkCounters counters, long poll)
    {
        Staged = counters;
        _stagedPoll = poll;
        _stagedGeneration = Generation;
    }

    /// <summary>Stores the link state and the queueing discipline of a poll.</summary>
    internal void UpdateDetails(LinkDetails details)
    {
        Details ??= new PolledLinkDetails();
        Details.Update(details, Index);
    }

    /// <summary>Whether counters were read in a poll, of the device that has the name now.</summary>
    internal bool IsStaged(long poll) => Index != 0 && _stagedPoll == poll && _stagedGeneration == Generation;

    /// <summary>Makes a sample of the new counters.</summary>
    internal void TakeReading(in PollMoment moment)
    {
        bool reset = false;
        if (WasRead && _hasBaseline && !_isNewLife && !_hasCarry && Presence == LinkPresence.Present
            && Staged.HasRxOtherHostDropped == _totals.HasRxOtherHostDropped)
        {
            // The usual tick, without extra copies.
            reset = LinkCountersArithmetic.Advance(Baseline, Staged, ref _increase, ref _totals);
            Begin(reset ? LinkSampleEvent.Reset : LinkSampleEvent.None, moment);
            HasIncrease = true;
        }
        else if (!WasRead)
        {
            Begin(LinkSampleEvent.First, moment);
            MissedBeats = 0;
            _totals = Staged;
        }
        else
        {
            LinkCounters gained = _hasBaseline
                ? LinkCountersArithmetic.Increase(Baseline, Staged, out reset)
                : default;
            bool back = _isNewLife || Presence == LinkPresence.Absent;
            Begin(
                reset || !_hasBaseline ? LinkSampleEvent.Reset
                : back ? LinkSampleEvent.Reappeared
                : LinkSampleEvent.None,
                moment);
            Gain(gained, _hasBaseline);
        }

        DeviceIndex = Index;
        _isLastOdd = !_isLastOdd;
        _isBaselineLast = true;
        _hasBaseline = true;
        _isNewLife = false;
        Elapsed = WasRead ? moment.Now - _readAt : TimeSpan.Zero;
        _readAt = moment.Now;
        WasRead = true;
        HasEnded = false;
        IsInError = false;
        IsAbsenceReported = false;
        Presence = LinkPresence.Present;
    }

    /// <summary>Makes a sample of the device's end, with its final counters if the kernel reported them.</summary>
    internal void TakeDeparture(in PollMoment moment)
    {
        Begin(LinkSampleEvent.Gone, moment);
        (Presence, AbsentSince) = (LinkPresence.Absent, moment.Now);
        if (_hasCarry)
        {
            Elapsed = moment.Now - _readAt;
            Gain(default, known: false);
        }
    }

    /// <summary>Makes a sample of a failure.</summary>
    internal void TakeError(string error, in PollMoment moment)
    {
        Begin(LinkSampleEvent.Error, moment);
        Error = error;
        IsInError = true;
    }

    /// <summary>Records that the absence was reported.</summary>
    internal void ReportAbsence(TimeSpan now)
    {
        if (!IsAbsenceReported)
        {
            (Presence, AbsentSince, IsAbsenceReported) = (LinkPresence.Absent, now, true);
        }
    }

    private void Begin(LinkSampleEvent sampleEvent, in PollMoment moment)
    {
        Event = sampleEvent;
        SequenceNumber++;
        Timestamp = moment.Utc;
        MissedBeats = moment.MissedBeats - _missedTicksAtSample;
        _missedTicksAtSample = moment.MissedBeats;
        Elapsed = TimeSpan.Zero;
        Error = null;
        HasIncrease = false;
    }

    private void Gain(in LinkCounters gained, bool known)
    {
        _increase = _hasCarry ? LinkCountersArithmetic.Sum(gained, _carry) : gained;
        HasIncrease = known || _hasCarry;
        _totals = LinkCountersArithmetic.Sum(_totals, _increase);
        _carry = default;
        _hasCarry = false;
    }
}
