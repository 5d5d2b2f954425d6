namespace TunStats.NetLog;

/// <summary>How an address is shown if the message names its node.</summary>
internal enum NetLogAddressNames
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
