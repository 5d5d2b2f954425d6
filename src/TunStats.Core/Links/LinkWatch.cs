using System;
using System.Threading;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Links;

/// <summary>
/// Hears that interfaces of a namespace came, went, were renamed or changed (RTNLGRP_LINK). What they are now is for a
/// listing to tell: events may be lost, a listing is whole.
/// </summary>
public sealed class LinkWatch : IDisposable
{
    private const int QueueBytes = 1 << 20;

    private readonly NetlinkConnection _connection;

    /// <summary>Hears over a connection of its own, which it owns from then on.</summary>
    /// <param name="connection">A connection over a NETLINK_ROUTE socket, or a fake one.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public LinkWatch(NetlinkConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _connection = connection;
        _connection.JoinGroup(RTNLGRP_LINK);
    }

    /// <summary>Opens a socket, and hears from then on.</summary>
    /// <param name="networkNamespace">The namespace to hear of; null for the caller's own.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="NetworkNamespaceException">The namespace may not be entered.</exception>
    public static LinkWatch Open(NetworkNamespace? networkNamespace = null, TimeProvider? timeProvider = null)
    {
        NetlinkSocket socket = NetlinkSocket.Open(NETLINK_ROUTE, networkNamespace, timeProvider);
        socket.RequestReceiveQueue(QueueBytes);
        return new LinkWatch(new NetlinkConnection(socket));
    }

    /// <summary>Takes all that was heard since the last call, without waiting and without allocating.</summary>
    /// <returns>Whether an interface may have come, gone or changed its name.</returns>
    /// <exception cref="NetlinkException">The socket failed.</exception>
    public bool HasChanged()
    {
        var visitor = new ChangeVisitor();
        while (true)
        {
            try
            {
                if (!_connection.ReceiveEvents(ref visitor, TimeSpan.Zero, CancellationToken.None))
                {
                    return visitor.Changed;
                }
            }
            catch (NetlinkException e) when (e.Kind is NetlinkErrorKind.Overrun or NetlinkErrorKind.Truncated)
            {
                // What was lost may have been a change; the listing that follows makes good for it.
                visitor.Changed = true;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private struct ChangeVisitor : INetlinkVisitor
    {
        internal bool Changed;

        public readonly void Restart()
        {
        }

        public void Visit(scoped in NetlinkMessage message) =>
            Changed |= message.Type is RTM_NEWLINK or RTM_DELLINK;
    }
}
