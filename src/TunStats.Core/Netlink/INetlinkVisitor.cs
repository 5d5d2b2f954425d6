namespace TunStats.Netlink;

/// <summary>Takes the messages of a dump or of an event socket, one after the other.</summary>
/// <remarks>
/// Implemented by structs, so that a dump of thousands of messages calls no delegate and boxes nothing.
/// </remarks>
public interface INetlinkVisitor
{
    /// <summary>Forgets what was visited: the dump starts again from its beginning.</summary>
    void Restart();

    /// <summary>Takes one message, whose spans are valid during the call alone.</summary>
    /// <param name="message">A message of the expected type.</param>
    void Visit(scoped in NetlinkMessage message);
}
