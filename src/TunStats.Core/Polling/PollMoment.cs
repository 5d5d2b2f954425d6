using System;

namespace TunStats.Polling;

/// <summary>The time of a poll.</summary>
/// <param name="Now">Monotonic time since the poller was made.</param>
/// <param name="Utc">Wall clock.</param>
/// <param name="MissedBeats">The number of ticks missed so far.</param>
internal readonly record struct PollMoment(TimeSpan Now, DateTime Utc, long MissedBeats);
