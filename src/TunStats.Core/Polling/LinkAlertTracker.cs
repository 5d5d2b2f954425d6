using System;
using System.Collections.Generic;

namespace TunStats.Polling;

/// <summary>
/// Turns a condition that each sample meets or not into one alert when it begins and one when it ends, per device. For
/// one thread.
/// </summary>
internal sealed class LinkAlertTracker
{
    private readonly Dictionary<string, Episode> _episodes = [];
    private readonly TimeSpan _holdFor;
    private readonly TimeProvider _timeProvider;

    /// <summary>Makes a tracker that follows no device yet.</summary>
    /// <param name="holdFor">How long the condition must hold before the alert begins.</param>
    /// <param name="timeProvider">The clock of the timestamps.</param>
    public LinkAlertTracker(TimeSpan holdFor, TimeProvider timeProvider)
    {
        _holdFor = holdFor;
        _timeProvider = timeProvider;
    }

    /// <summary>Takes a sample.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="isMet">Whether it meets the condition.</param>
    /// <param name="timestamp">When it was taken, by the monotonic clock.</param>
    /// <returns>The alert that begins or ends; null if nothing changes.</returns>
    public LinkAlert? Update(LinkSample sample, bool isMet, long timestamp)
    {
        if (!_episodes.TryGetValue(sample.Name, out Episode? episode))
        {
            if (!isMet)
            {
                return null;
            }

            episode = new Episode { Start = timestamp, Since = sample.Timestamp };
            _episodes.Add(sample.Name, episode);
        }

        episode.Last = sample;
        if (isMet)
        {
            episode.RxDropped += sample.Increase?.RxDropped ?? 0;
            episode.TxDropped += sample.Increase?.TxDropped ?? 0;
            return BeginIfDue(episode, timestamp);
        }

        _episodes.Remove(sample.Name);
        return episode.HasBegun ? Make(LinkAlertEvent.End, episode, timestamp) : null;
    }

    /// <summary>
    /// Begins the alerts of devices that give no more samples, such as those that are gone, when their time has come.
    /// </summary>
    public IReadOnlyList<LinkAlert> Advance(long timestamp)
    {
        List<LinkAlert>? begun = null;
        foreach (Episode episode in _episodes.Values)
        {
            if (BeginIfDue(episode, timestamp) is { } alert)
            {
                (begun ??= []).Add(alert);
            }
        }

        return begun ?? (IReadOnlyList<LinkAlert>)[];
    }

    private LinkAlert? BeginIfDue(Episode episode, long timestamp)
    {
        if (episode.HasBegun || _timeProvider.GetElapsedTime(episode.Start, timestamp) < _holdFor)
        {
            return null;
        }

        episode.HasBegun = true;
        return Make(LinkAlertEvent.Begin, episode, timestamp);
    }

    private LinkAlert Make(LinkAlertEvent what, Episode episode, long timestamp) => new(
        what,
        episode.Last!,
        episode.Since,
        _timeProvider.GetElapsedTime(episode.Start, timestamp),
        episode.RxDropped,
        episode.TxDropped);

    private sealed class Episode
    {
        internal long Start { get; init; }

        internal DateTime Since { get; init; }

        internal LinkSample? Last { get; set; }

        internal bool HasBegun { get; set; }

        internal ulong RxDropped { get; set; }

        internal ulong TxDropped { get; set; }
    }
}
