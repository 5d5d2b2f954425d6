namespace TunStats.NetLog;

/// <summary>Options for making messages of flows.</summary>
internal sealed record NetLogMessageOptions
{
    /// <summary>The schema of the messages: it decides how exit traffic is made anonymous.</summary>
    public NetLogSchema Schema { get; init; } = NetLogSchema.V1;

    /// <summary>The node's stable id; empty for that of the known node.</summary>
    public string NodeId { get; init; } = string.Empty;

    /// <summary>
    /// Whether exit traffic keeps protocol, addresses and ports. Otherwise it is summed up: in schema 1 to one entry,
    /// in schema 2 to one per tunnel address.
    /// </summary>
    public bool IncludeExit { get; init; }

    /// <summary>Whether known nodes are named.</summary>
    public bool IncludeNodes { get; init; } = true;

    /// <summary>Whether flows that have a class are classified again.</summary>
    public bool Reclassify { get; init; }

    /// <summary>The limit of a message in bytes of JSON; it must be shorter.</summary>
    public int MaxLength { get; init; } = NetLogMessage.MaxLength;
}
