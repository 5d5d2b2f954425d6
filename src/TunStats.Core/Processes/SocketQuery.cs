using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Interop;
using TunStats.IO;
using TunStats.Net;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.SocketConstants;
using static TunStats.Interop.SocketDiagConstants;

namespace TunStats.Processes;

/// <summary>
/// Lists the TCP and UDP sockets of one network namespace over sock_diag; needs no privilege. Not thread-safe.
/// </summary>
/// <param name="connection">A connection over a NETLINK_SOCK_DIAG socket, or a fake one; it is taken over.</param>
internal sealed class SocketQuery(NetlinkConnection connection) : IDisposable
{
    // No process holds a socket in one of these states.
    private const uint Ownerless = (1u << TCP_SYN_RECV) | (1u << TCP_TIME_WAIT);
    private const uint WantedStates = ((1u << (TCP_CLOSING + 1)) - 1) & ~Ownerless;

    private static readonly (byte Family, IpProtocol Protocol)[] Kinds =
    [
        (AF_INET, IpProtocol.Tcp), (AF_INET6, IpProtocol.Tcp), (AF_INET, IpProtocol.Udp), (AF_INET6, IpProtocol.Udp),
    ];

    /// <summary>Why the kernel did not list sockets of a protocol; null if it listed all.</summary>
    internal string? Refusal { get; private set; }

    /// <summary>Opens a socket.</summary>
    /// <param name="networkNamespace">The namespace to ask; null for the caller's own.</param>
    /// <param name="timeProvider">The clock of time limits.</param>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    internal static SocketQuery Open(NetworkNamespace? networkNamespace, TimeProvider timeProvider) =>
        new(new NetlinkConnection(NetlinkSocket.Open(NETLINK_SOCK_DIAG, networkNamespace, timeProvider)));

    /// <summary>Lists the sockets that processes hold.</summary>
    /// <param name="sockets">Receives them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NetlinkException">The kernel did not answer, or sent an invalid answer.</exception>
    internal void Read(List<SocketRecord> sockets, CancellationToken cancellationToken)
    {
        Refusal = null;
        foreach ((byte family, IpProtocol protocol) in Kinds)
        {
            NetlinkRequest request = connection.NewRequest(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
            request.Append(new inet_diag_req_v2
            {
                sdiag_family = family,
                sdiag_protocol = protocol.Number,
                idiag_states = WantedStates,
            });
            var collector = new Collector(sockets, protocol);
            try
            {
                connection.Dump(request, SOCK_DIAG_BY_FAMILY, ref collector, cancellationToken);
            }
            catch (NetlinkException e) when (e.Errno is Errno.ENOENT or Errno.EOPNOTSUPP or Errno.EINVAL)
            {
                Refusal = $"The kernel does not list {protocol.DisplayName} sockets, so their processes are not "
                    + $"known: load {protocol.DisplayName.ToLowerInvariant()}_diag with 'modprobe'. {e.Message}";
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private readonly struct Collector(List<SocketRecord> sockets, IpProtocol protocol) : INetlinkVisitor
    {
        private readonly int _start = sockets.Count;

        public void Restart() => sockets.RemoveRange(_start, sockets.Count - _start);

        public void Visit(scoped in NetlinkMessage message)
        {
            if (SocketRecord.TryParse(message, protocol, out SocketRecord socket))
            {
                sockets.Add(socket);
            }
        }
    }
}
