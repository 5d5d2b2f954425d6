using System;

namespace TunStats.Polling;

/// <summary>Receives the results of a poller. Called only on the poller's thread.</summary>
internal interface ILinkPollerSink
{
    /// <summary>Whether to make samples; without them a poll allocates nothing.</summary>
    bool WantsSamples { get; }

    /// <summary>The number of samples lost so far because their reader was too slow.</summary>
    long DroppedSamples => 0;

    /// <summary>Receives a sample.</summary>
    void OnSample(LinkSample sample);

    /// <summary>Receives an error of one device or of the poller; reported once per change of state.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="device">The device's name, or null for the poller.</param>
    void OnError(Exception error, string? device);

    /// <summary>Receives a warning, such as of missed ticks.</summary>
    void OnWarning(string message);

    /// <summary>Receives a change of a device: added, removed, re-created or renamed.</summary>
    void OnLinkEvent(string message);

    /// <summary>A poll has ended and everything has been reported.</summary>
    void OnPolled()
    {
    }
}
