namespace TunStats.Polling;

/// <summary>What happened to a device at a tick.</summary>
public enum LinkSampleEvent
{
    /// <summary>The counters continue from the previous sample.</summary>
    None,

    /// <summary>The device's first sample, without a baseline.</summary>
    First,

    /// <summary>
    /// A counter decreased, so it was reset: its new value is the increase. Or the device may be another one, because
    /// events were lost or the name refers to another namespace: there is no increase, and this sample is the baseline
    /// of the next.
    /// </summary>
    Reset,

    /// <summary>
    /// The device is back: re-created with counters from 0, or absent for a while.
    /// </summary>
    Reappeared,

    /// <summary>
    /// The device was removed and is waited for. If the kernel reported its final counters, the sample has them.
    /// </summary>
    Gone,

    /// <summary>
    /// The device could not be read; <see cref="LinkSample.Error"/> says why. The next sample follows when it can be
    /// read again.
    /// </summary>
    Error,
}
