namespace TunStats.NetLog;

/// <summary>How messages are made of flows.</summary>
public sealed record NetLogMessageOptions
{
    /// <summary>The schema that the messages are for: it decides how exit traffic is made anonymous.</summary>
    public NetLogSchema Schema { get; init; } = NetLogSchema.V1;

    /// <summary>The node's stable id; that of the known node itself where it is empty.</summary>
    public string NodeId { get; init; } = string.Empty;

    /// <summary>
    /// Whether exit traffic keeps protocol, addresses and ports. Without it, it is summed up: in schema 1 to one
    /// entry, in schema 2 to one per tunnel address.
    /// </summary>
    public bool IncludeExit { get; init; }

    /// <summary>Whether nodes are named, where they are known.</summary>
    public bool IncludeNodes { get; init; } = true;

    /// <summary>Whether flows that have a class are classified again.</summary>
    public bool Reclassify { get; init; }

    /// <summary>The length in bytes of JSON that a message stays below.</summary>
    public int MaxLength { get; init; } = NetLogMessage.MaxLength;
}
