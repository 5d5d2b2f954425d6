using System;

namespace TunStats.Polling;

/// <summary>The counters of the poller itself.</summary>
/// <param name="Polls">Polls, including failed ones.</param>
/// <param name="FailedPolls">Polls that failed.</param>
/// <param name="MissedBeats">Ticks that passed without a poll.</param>
/// <param name="DroppedSamples">Samples lost because their reader was too slow.</param>
/// <param name="LastPoll">When the last poll ended, as Unix time; zero before the first.</param>
/// <param name="Duration">How long the last poll took.</param>
internal readonly record struct PollCounts(
    long Polls, long FailedPolls, long MissedBeats, long DroppedSamples, TimeSpan LastPoll, TimeSpan Duration);
