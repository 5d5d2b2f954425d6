using System;
using System.Collections.Generic;
using TunStats.Polling;

namespace TunStats.Tests.Fakes;

/// <summary>Records everything that a poller reports.</summary>
internal sealed class RecordingSink : ILinkPollerSink
{
    public bool WantsSamples { get; set; } = true;

    public long DroppedSamples { get; set; }

    internal List<LinkSample> Samples { get; } = [];

    internal List<(Exception Error, string? Device)> Errors { get; } = [];

    internal List<string> Warnings { get; } = [];

    internal List<string> Events { get; } = [];

    public void OnSample(LinkSample sample) => Samples.Add(sample);

    public void OnError(Exception error, string? device) => Errors.Add((error, device));

    public void OnWarning(string message) => Warnings.Add(message);

    public void OnLinkEvent(string message) => Events.Add(message);
}
