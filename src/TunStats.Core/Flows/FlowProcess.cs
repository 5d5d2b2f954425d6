namespace TunStats.Flows;

/// <summary>The local process of a connection; default where unknown.</summary>
/// <param name="Id">Its id, as this process sees it.</param>
/// <param name="Name">Its name (comm), printable.</param>
internal readonly record struct FlowProcess(int? Id, string? Name);
