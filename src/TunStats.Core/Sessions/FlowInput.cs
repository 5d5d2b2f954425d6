namespace TunStats.Sessions;

/// <summary>What to count, as the user names it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The name, wildcard or path; empty for connection tracking.</param>
public sealed record FlowInput(FlowInputKind Kind, string Text = "");
