using System;

namespace TunStats.Polling;

/// <summary>Takes what a poller sees. Called by the poller's thread alone.</summary>
public interface ILinkPollerSink
{
    /// <summary>Whether samples are wanted; where they are not, none is made and a poll allocates nothing.</summary>
    bool WantsSamples { get; }

    /// <summary>How many samples were lost since the start because their reader was too slow.</summary>
    long DroppedSamples => 0;

    /// <summary>Takes a sample.</summary>
    void OnSample(LinkSample sample);

    /// <summary>Takes an error of one device, or of the whole; told once for each change of state.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="device">The device's name, or null for the whole.</param>
    void OnError(Exception error, string? device);

    /// <summary>Takes a warning, such as of missed ticks.</summary>
    void OnWarning(string message);

    /// <summary>Takes news of a device's life: new, gone, made again, renamed.</summary>
    void OnLinkEvent(string message);

    /// <summary>A poll is over: all that it found was told.</summary>
    void OnPolled()
    {
    }
}
