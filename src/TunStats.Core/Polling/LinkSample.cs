using System;
using TunStats.Links;

namespace TunStats.Polling;

/// <summary>
/// One sample of one device at one tick: its counters and their increases since the previous sample. Immutable.
/// </summary>
public sealed class LinkSample
{
    internal LinkSample(PolledLink device)
    {
        Stats = device.Stats;
        SequenceNumber = device.SequenceNumber;
        Event = device.Event;
        Elapsed = device.Elapsed;
        Increase = device.HasIncrease ? new LinkIncrease(device.Increase) : null;
        MissedBeats = device.MissedBeats;
        Error = device.Error;
    }

    /// <summary>Makes a sample from two readings of one device.</summary>
    internal LinkSample(RtnlLinkStats64? before, RtnlLinkStats64 now, TimeSpan elapsed)
    {
        Stats = now;
        SequenceNumber = 1;
        if (before is null)
        {
            Event = LinkSampleEvent.First;
            return;
        }

        Increase = new LinkIncrease(
            LinkCountersArithmetic.Increase(before.Counters, now.Counters, out bool isReset));
        Event = isReset ? LinkSampleEvent.Reset : LinkSampleEvent.None;
        Elapsed = elapsed;
    }

    /// <summary>The device's name.</summary>
    public string Name => Stats.Name;

    /// <summary>When the sample was taken: wall clock, UTC.</summary>
    public DateTime Timestamp => Stats.Timestamp;

    /// <summary>The number of this sample among those of its device, from 1.</summary>
    public ulong SequenceNumber { get; }

    /// <summary>What happened to the device.</summary>
    public LinkSampleEvent Event { get; }

    /// <summary>
    /// The time since the previous reading, by the monotonic clock, which stops during suspend; zero at the first
    /// sample, and where nothing was read.
    /// </summary>
    public TimeSpan Elapsed { get; }

    /// <summary>
    /// The number of ticks missed since the device's previous sample, because a poll took longer than the interval.
    /// </summary>
    public long MissedBeats { get; }

    /// <summary>
    /// The counters; the last known ones in errors and where the device disappeared without final counters.
    /// </summary>
    public RtnlLinkStats64 Stats { get; }

    /// <summary>
    /// The increases of the counters; null where unknown: at the first sample, in errors, where the device disappeared
    /// without final counters, or was renamed unnoticed.
    /// </summary>
    public LinkIncrease? Increase { get; }

    /// <summary>Why the device could not be read; null if it could.</summary>
    public string? Error { get; }

    /// <summary>Packets received per second; null if there is no increase.</summary>
    public double? RxPacketsPerSecond => Rate(Increase?.RxPackets);

    /// <summary>Packets sent per second; null if there is no increase.</summary>
    public double? TxPacketsPerSecond => Rate(Increase?.TxPackets);

    /// <summary>Bytes received per second; null if there is no increase.</summary>
    public double? RxBytesPerSecond => Rate(Increase?.RxBytes);

    /// <summary>Bytes sent per second; null if there is no increase.</summary>
    public double? TxBytesPerSecond => Rate(Increase?.TxBytes);

    /// <summary>Packets per second received and dropped; null if there is no increase.</summary>
    public double? RxDroppedPerSecond => Rate(Increase?.RxDropped);

    /// <summary>Packets per second dropped before they were sent; null if there is no increase.</summary>
    public double? TxDroppedPerSecond => Rate(Increase?.TxDropped);

    /// <summary>Packets per second received damaged; null if there is no increase.</summary>
    public double? RxErrorsPerSecond => Rate(Increase?.RxErrors);

    /// <summary>Packets per second that could not be sent; null if there is no increase.</summary>
    public double? TxErrorsPerSecond => Rate(Increase?.TxErrors);

    /// <summary>The device's name.</summary>
    public override string ToString() => Name;

    private double? Rate(ulong? count) => Elapsed > TimeSpan.Zero ? count / Elapsed.TotalSeconds : null;
}
