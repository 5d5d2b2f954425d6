using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Tests.Fakes;

/// <summary>
/// The routing part of a kernel: answers requests for a link by name and for addresses, routes and next hops. Like a
/// kernel before 4.20 it does not filter, unless it is set to mark its dumps as filtered.
/// </summary>
internal sealed class FakeRouteKernel
{
    private readonly List<FakeNetlinkSocket> _sockets = [];

    internal Dictionary<string, int> Links { get; } = [];

    /// <summary>Makes a message of a dump, given the request's sequence.</summary>
    internal List<Func<uint, byte[]>> Addresses { get; } = [];

    /// <inheritdoc cref="Addresses"/>
    internal List<Func<uint, byte[]>> Routes { get; } = [];

    /// <inheritdoc cref="Addresses"/>
    internal List<Func<uint, byte[]>> Nexthops { get; } = [];

    internal List<byte[]> Requests { get; } = [];

    /// <summary>How many of the next route dumps say that they were interrupted.</summary>
    internal int Interruptions { get; set; }

    /// <summary>The errno that requests for routes meet; 0 for none.</summary>
    internal int RoutesErrno { get; set; }

    /// <summary>Called before the routes of a dump are sent.</summary>
    internal Action? BeforeRoutes { get; set; }

    internal IEnumerable<FakeNetlinkSocket> Listeners => _sockets.Where(s => s.Groups.Count > 0 && !s.IsDisposed);

    internal int Count(ushort type) =>
        Requests.Count(r => MemoryMarshal.Read<nlmsghdr>(r).nlmsg_type == type);

    internal FakeNetlinkSocket Open()
    {
        var socket = new FakeNetlinkSocket { PortId = RouteBytes.Port, OnSend = Answer };
        _sockets.Add(socket);
        return socket;
    }

    internal void Emit(byte[] message)
    {
        foreach (FakeNetlinkSocket socket in Listeners)
        {
            socket.Queue(message);
        }
    }

    internal void LoseEvents()
    {
        foreach (FakeNetlinkSocket socket in Listeners)
        {
            socket.QueueError(
                new NetlinkException(ErrorKind.NetlinkOverrun, "lost", Errno.ENOBUFS, kernelMessage: null));
        }
    }

    private void Answer(FakeNetlinkSocket socket, byte[] request)
    {
        Requests.Add(request);
        nlmsghdr header = MemoryMarshal.Read<nlmsghdr>(request);
        uint sequence = header.nlmsg_seq;
        switch (header.nlmsg_type)
        {
            case RTM_GETLINK:
                string name = System.Text.Encoding.UTF8.GetString(
                    request.AsSpan(36, MemoryMarshal.Read<ushort>(request.AsSpan(32)) - 5));
                socket.Queue(Links.TryGetValue(name, out int index)
                    ? NetlinkBytes.Link(index, name, "tun", sequence, RouteBytes.Port)
                    : NetlinkBytes.Error((int)Errno.ENODEV, sequence, RouteBytes.Port));
                break;
            case RTM_GETADDR:
                Dump(socket, sequence, Addresses);
                break;
            case RTM_GETROUTE when RoutesErrno != 0:
                socket.Queue(NetlinkBytes.Error(RoutesErrno, sequence, RouteBytes.Port));
                break;
            case RTM_GETROUTE:
                BeforeRoutes?.Invoke();
                Dump(socket, sequence, Routes, Interruptions-- > 0 ? NLM_F_DUMP_INTR : (ushort)0);
                break;
            case RTM_GETNEXTHOP:
                Dump(socket, sequence, Nexthops);
                break;
            default:
                throw new NotSupportedException($"A request of type {header.nlmsg_type} is not played here.");
        }
    }

    private static void Dump(
        FakeNetlinkSocket socket, uint sequence, List<Func<uint, byte[]>> messages, ushort flags = 0)
    {
        foreach (Func<uint, byte[]> message in messages)
        {
            socket.Queue(message(sequence));
        }

        socket.Queue(NetlinkBytes.Done(sequence, RouteBytes.Port, flags));
    }
}
