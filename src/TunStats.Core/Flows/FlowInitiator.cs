namespace TunStats.Flows;

/// <summary>Who opened a connection.</summary>
public enum FlowInitiator : byte
{
    /// <summary>Unknown: the opening was not captured.</summary>
    Unknown = 0,

    /// <summary>The source, this node's side.</summary>
    Local,

    /// <summary>The destination, the other side of the tunnel.</summary>
    Remote,
}
