namespace TunStats.Sessions;

/// <summary>An input to count, as given by the user.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">The name, wildcard or path; empty for connection tracking.</param>
internal sealed record FlowInput(FlowInputKind Kind, string Text = "");
