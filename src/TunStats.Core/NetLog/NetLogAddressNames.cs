namespace TunStats.NetLog;

/// <summary>What stands for an address in text for people, where the message names its node.</summary>
public enum NetLogAddressNames
{
    /// <summary>The address itself.</summary>
    None = 0,

    /// <summary>The node's stable id.</summary>
    NodeId,

    /// <summary>The node's DNS name.</summary>
    Name,

    /// <summary>The user that the node belongs to, or its tags.</summary>
    User,
}
