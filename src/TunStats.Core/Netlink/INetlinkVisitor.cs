namespace TunStats.Netlink;

/// <summary>Receives the messages of a dump or an event socket, one by one.</summary>
/// <remarks>
/// Implemented by structs, so that a dump of thousands of messages neither calls delegates nor boxes.
/// </remarks>
internal interface INetlinkVisitor
{
    /// <summary>Discards what was visited: the dump restarts.</summary>
    void Restart();

    /// <summary>Receives one message; its spans are valid only during the call.</summary>
    /// <param name="message">A message of the expected type.</param>
    void Visit(scoped in NetlinkMessage message);
}
