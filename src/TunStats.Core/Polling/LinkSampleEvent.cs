namespace TunStats.Polling;

/// <summary>What happened to a device at a beat.</summary>
public enum LinkSampleEvent
{
    /// <summary>Nothing: the counters went on from the sample before.</summary>
    None,

    /// <summary>The device's first sample: there is nothing to compare it with yet.</summary>
    First,

    /// <summary>A counter decreased, so all were reset: what they show now is what was added.</summary>
    Reset,

    /// <summary>The device was made again, under the same name: its counters began at 0.</summary>
    Reappeared,

    /// <summary>The device is no longer there. It is waited for.</summary>
    Gone,
}
