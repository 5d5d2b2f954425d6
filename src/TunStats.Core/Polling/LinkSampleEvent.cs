namespace TunStats.Polling;

/// <summary>What happened to a device at a tick.</summary>
public enum LinkSampleEvent
{
    /// <summary>Nothing: the counters went on from the sample before.</summary>
    None,

    /// <summary>The device's first sample: there is nothing to compare it with yet.</summary>
    First,

    /// <summary>
    /// A counter decreased, so it was reset: what it shows now is what was added. Or the device may be another one,
    /// because events were lost or the name stands for another namespace: there is no increase, and the next sample is
    /// compared with this one.
    /// </summary>
    Reset,

    /// <summary>
    /// The device is there again: made again, its counters from 0, or out of sight for a while.
    /// </summary>
    Reappeared,

    /// <summary>
    /// The device is no longer there. It is waited for. Where the kernel told its last counters, the sample has them.
    /// </summary>
    Gone,

    /// <summary>
    /// The device could not be read; <see cref="LinkSample.Error"/> says why. The next sample comes when it can.
    /// </summary>
    Error,
}
