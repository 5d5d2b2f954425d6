using System;

namespace TunStats.Polling;

/// <summary>When a poll was.</summary>
/// <param name="Now">Monotonic time since the poller was made.</param>
/// <param name="Utc">Wall clock.</param>
/// <param name="MissedBeats">How many beats were missed until then.</param>
internal readonly record struct PollMoment(TimeSpan Now, DateTime Utc, long MissedBeats);
