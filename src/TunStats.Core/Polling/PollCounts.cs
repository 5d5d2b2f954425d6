namespace TunStats.Polling;

/// <summary>What a poller counts of itself.</summary>
/// <param name="Polls">Polls, failed ones too.</param>
/// <param name="FailedPolls">Polls that failed.</param>
/// <param name="MissedBeats">Beats that passed without a poll.</param>
internal readonly record struct PollCounts(long Polls, long FailedPolls, long MissedBeats);
