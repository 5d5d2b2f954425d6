using System;
using System.Linq;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.GenericNetlinkConstants;
using static TunStats.Interop.NetlinkConstants;

namespace TunStats.Peers;

/// <summary>
/// The peers of a WireGuard device of the kernel, over generic netlink (WG_CMD_GET_DEVICE). It needs CAP_NET_ADMIN. The
/// private key in the answer is never stored.
/// </summary>
internal sealed class KernelWireGuardSource : IPeerSource
{
    private const string FamilyName = "wireguard";

    private readonly NetlinkConnection _connection;
    private readonly TimeProvider _timeProvider;
    private readonly WireGuardDump _dump;
    private ushort? _family;

    /// <summary>Asks over a connection and takes ownership of it.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="connection">A connection over a NETLINK_GENERIC socket, or a fake one.</param>
    /// <param name="timeProvider">The clock of the snapshots' stamps.</param>
    public KernelWireGuardSource(string device, NetlinkConnection connection, TimeProvider timeProvider)
    {
        Device = device;
        _connection = connection;
        _timeProvider = timeProvider;
        _dump = new WireGuardDump(device);
    }

    /// <inheritdoc/>
    public string Device { get; }

    /// <inheritdoc/>
    public PeerSourceKind Kind => PeerSourceKind.KernelWireGuard;

    /// <summary>Opens a socket.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="networkNamespace">The device's namespace; null for the caller's own.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public static KernelWireGuardSource Open(
        string device, NetworkNamespace? networkNamespace = null, TimeProvider? timeProvider = null)
    {
        TimeProvider clock = timeProvider ?? TimeProvider.System;
        NetlinkSocket socket = NetlinkSocket.Open(NETLINK_GENERIC, networkNamespace, clock);
        return new KernelWireGuardSource(device, new NetlinkConnection(socket) { ReceivesSecrets = true }, clock);
    }

    /// <inheritdoc/>
    public TunPeerSnapshot? Read(CancellationToken cancellationToken = default)
    {
        bool isNew = _family is null;
        _family ??= GenericNetlink.FindFamily(_connection, FamilyName, cancellationToken);
        if (_family is not { } family)
        {
            return null;
        }

        try
        {
            return Dump(family, cancellationToken);
        }
        catch (NetlinkException e) when (IsRefusal(e, Errno.ENOENT) && !isNew)
        {
            // The module was unloaded; when loaded again, its id may differ.
            _family = null;
            return Read(cancellationToken);
        }
        catch (NetlinkException e) when (IsRefusal(e, Errno.ENODEV) || IsRefusal(e, Errno.EOPNOTSUPP))
        {
            // There is no such device, or it has another kind.
            return null;
        }
        catch (NetlinkException e) when (IsRefusal(e, Errno.EPERM) || IsRefusal(e, Errno.EACCES))
        {
            throw PeerErrors.KernelDenied(Device, e);
        }
        finally
        {
            _dump.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static bool IsRefusal(NetlinkException exception, Errno errno) =>
        exception.Kind == ErrorKind.NetlinkRefused && exception.Errno == errno;

    private TunPeerSnapshot Dump(ushort family, CancellationToken cancellationToken)
    {
        NetlinkRequest request = _connection.NewRequest(family, NLM_F_DUMP);
        request.Append(new genlmsghdr { cmd = WG_CMD_GET_DEVICE, version = WG_GENL_VERSION });
        request.AppendAttribute(WGDEVICE_A_IFNAME, Device);
        var visitor = new Visitor(_dump);
        DumpOutcome outcome = _connection.Dump(request, family, ref visitor, cancellationToken);
        DateTime now = _timeProvider.GetUtcNow().UtcDateTime;
        return new TunPeerSnapshot
        {
            Device = Device,
            Source = Kind,
            Timestamp = now,
            Self = _dump.PublicKey is null
                ? null
                : new WireGuardPeerDraft(_dump.PublicKey).ToPeer(Device, Kind, now),
            Peers = [.. _dump.Peers.Select(peer => peer.ToPeer(Device, Kind, now))],
            IsConsistent = outcome == DumpOutcome.Consistent,
        };
    }

    private readonly struct Visitor(WireGuardDump dump) : INetlinkVisitor
    {
        public void Restart() => dump.Clear();

        public void Visit(scoped in NetlinkMessage message) => dump.Read(message);
    }
}
