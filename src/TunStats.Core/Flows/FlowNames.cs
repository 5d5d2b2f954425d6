namespace TunStats.Flows;

/// <summary>The names of a connection's ends; null where unknown.</summary>
/// <param name="Source">This node's side.</param>
/// <param name="Destination">The other side.</param>
internal readonly record struct FlowNames(string? Source, string? Destination);
