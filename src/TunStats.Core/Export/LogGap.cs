namespace TunStats.Export;

/// <summary>Messages in sequence that a sink never got.</summary>
/// <param name="First">The first sequence number.</param>
/// <param name="Last">The last sequence number.</param>
/// <param name="Messages">The number of messages.</param>
/// <param name="Reason">Why they are missing, for people.</param>
internal readonly record struct LogGap(long First, long Last, long Messages, string Reason);
