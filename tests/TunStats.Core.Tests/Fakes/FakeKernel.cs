using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Tests.Fakes;

/// <summary>
/// The link part of a kernel: answers requests for links and counters on any number of sockets, and sends events to
/// those that joined RTNLGRP_LINK.
/// </summary>
internal sealed class FakeKernel
{
    private readonly List<FakeLink> _links = [];
    private int _nextIndex = 2;

    internal ManualTimeProvider Clock { get; } = new();

    /// <summary>The errno that every request for counters meets; 0 for none.</summary>
    internal int StatsErrno { get; set; }

    internal List<FakeKernelSocket> Sockets { get; } = [];

    internal int OpenSockets => Sockets.Count(s => !s.IsDisposed);

    internal int Listings { get; private set; }

    internal int StatsRequests { get; private set; }

    internal int StatsDumps { get; private set; }

    /// <summary>How many datagrams were sent on all sockets.</summary>
    internal int Requests { get; private set; }

    /// <summary>A device that listings lack, which say that they were interrupted; null for whole ones.</summary>
    internal string? InterruptedWithout { get; set; }

    /// <summary>Thrown by the next sends, one each.</summary>
    internal Queue<Exception> SendErrors { get; } = new();

    /// <summary>Thrown by the next openings, one each.</summary>
    internal Queue<Exception> OpenErrors { get; } = new();

    /// <summary>Called after every answer to a request for counters, with its number.</summary>
    internal Action<int>? AfterStats { get; set; }

    internal INetlinkSocket Open()
    {
        if (OpenErrors.TryDequeue(out Exception? error))
        {
            throw error;
        }

        var socket = new FakeKernelSocket(this);
        Sockets.Add(socket);
        return socket;
    }

    internal FakeLink this[string name] => _links.Single(l => l.Name == name);

    internal bool Has(string name) => _links.Exists(l => l.Name == name);

    internal FakeLink Add(string name, string kind = "tun", int? index = null, bool silently = false)
    {
        var link = new FakeLink { Index = index ?? _nextIndex, Name = name, Kind = kind };
        Insert(link, silently);
        return link;
    }

    /// <summary>Puts a device back that was there before, as one that comes from another namespace.</summary>
    internal void Insert(FakeLink link, bool silently = false)
    {
        _links.Add(link);
        _nextIndex = Math.Max(_nextIndex, link.Index + 1);
        if (!silently)
        {
            Emit(Event(RTM_NEWLINK, link));
        }
    }

    /// <summary>Sets the drops of a device, made or renamed where it is not there by that index and name.</summary>
    internal FakeLink Set(int index, string name, ulong txDropped)
    {
        FakeLink? link = _links.Find(l => l.Index == index);
        if (link is null)
        {
            link = Add(name, index: index);
        }
        else if (link.Name != name)
        {
            Rename(link.Name, name);
        }

        link.Stats = new rtnl_link_stats64 { tx_dropped = txDropped, tx_packets = txDropped * 2 };
        return link;
    }

    internal FakeLink Remove(int index) => Remove(_links.Single(l => l.Index == index).Name);

    internal FakeLink Remove(string name, bool elsewhere = false, bool silently = false)
    {
        FakeLink link = this[name];
        _links.Remove(link);
        if (!silently)
        {
            Emit(Event(RTM_DELLINK, link, elsewhere ? NetlinkBytes.Attribute(IFLA_NEW_NETNSID, 1u) : []));
        }

        return link;
    }

    internal void Rename(string name, string newName, bool silently = false)
    {
        FakeLink link = this[name];
        link.Name = newName;
        if (!silently)
        {
            Emit(Event(RTM_NEWLINK, link));
        }
    }

    /// <summary>Sends an event to every socket that listens.</summary>
    internal void Emit(byte[] message)
    {
        foreach (FakeKernelSocket socket in Sockets.Where(s => s.Listens))
        {
            socket.Enqueue(message);
        }
    }

    /// <summary>Loses what was sent to the sockets that listen, as a full queue does.</summary>
    internal void LoseEvents()
    {
        foreach (FakeKernelSocket socket in Sockets.Where(s => s.Listens))
        {
            socket.Overrun();
        }
    }

    internal static byte[] Event(ushort type, FakeLink link, params byte[][] more) => NetlinkBytes.Message(
        type,
        0,
        0,
        0,
        [
            NetlinkBytes.Struct(new ifinfomsg { ifi_index = link.Index, ifi_type = ARPHRD_NONE, ifi_flags = 1 }),
            NetlinkBytes.Attribute(IFLA_IFNAME, link.Name),
            NetlinkBytes.Attribute(IFLA_STATS64, NetlinkBytes.Struct(link.Stats)),
            NetlinkBytes.Attribute(IFLA_LINKINFO, NetlinkBytes.Attribute(IFLA_INFO_KIND, link.Kind)),
            .. AlternativeNames(link),
            .. more,
        ]);

    /// <summary>Changes the alternative names of a device.</summary>
    internal void SetAlternativeNames(string name, params string[] alternatives)
    {
        FakeLink link = this[name];
        link.AlternativeNames.Clear();
        link.AlternativeNames.AddRange(alternatives);
        Emit(Event(RTM_NEWLINK, link));
    }

    private static byte[][] AlternativeNames(FakeLink link) => link.AlternativeNames.Count == 0
        ? []
        : [
            NetlinkBytes.Attribute(
                IFLA_PROP_LIST,
                [.. link.AlternativeNames.SelectMany(n => NetlinkBytes.Attribute(IFLA_ALT_IFNAME, n))]),
        ];

    /// <summary>Whether the kernel was built without queueing disciplines (CONFIG_NET_SCHED).</summary>
    internal bool HasNoQueues { get; set; }

    internal void Answer(FakeKernelSocket socket, ReadOnlySpan<byte> request)
    {
        Requests++;
        if (SendErrors.TryDequeue(out Exception? error))
        {
            throw error;
        }

        nlmsghdr header = System.Runtime.InteropServices.MemoryMarshal.Read<nlmsghdr>(request);
        bool dump = (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
        switch (header.nlmsg_type)
        {
            case RTM_GETLINK when dump:
                Listings++;
                foreach (FakeLink link in _links.Where(l => l.Name != InterruptedWithout))
                {
                    byte[] message = NetlinkBytes.Link(
                        link.Index,
                        link.Name,
                        link.Kind,
                        header.nlmsg_seq,
                        socket.PortId,
                        RTM_NEWLINK,
                        [
                            .. AlternativeNames(link),
                            NetlinkBytes.Attribute(IFLA_QDISC, link.Qdisc),
                            NetlinkBytes.Attribute(IFLA_OPERSTATE, [link.OperState]),
                            NetlinkBytes.Attribute(IFLA_CARRIER_CHANGES, link.CarrierChanges),
                        ]);
                    message[6] |= InterruptedWithout is null ? (byte)0 : (byte)NLM_F_DUMP_INTR;
                    socket.Enqueue(message);
                }

                socket.Enqueue(NetlinkBytes.Done(header.nlmsg_seq, socket.PortId));
                break;
            case RTM_GETLINK:
                AnswerLink(socket, header.nlmsg_seq, System.Text.Encoding.UTF8.GetString(request));
                break;
            case RTM_GETQDISC when HasNoQueues:
                socket.Enqueue(NetlinkBytes.Error((int)Errno.EOPNOTSUPP, header.nlmsg_seq, socket.PortId));
                break;
            case RTM_GETQDISC when dump:
                foreach (FakeLink link in _links.Where(l => l.Queue is not null))
                {
                    socket.Enqueue(NetlinkBytes.Qdisc(link.Index, link.Queue!.Value, header.nlmsg_seq, socket.PortId));
                }

                socket.Enqueue(NetlinkBytes.Done(header.nlmsg_seq, socket.PortId));
                break;
            case RTM_GETSTATS when dump:
                StatsDumps++;
                AnswerDump(socket, header.nlmsg_seq);
                AfterStats?.Invoke(StatsRequests + StatsDumps);
                break;
            case RTM_GETSTATS:
                StatsRequests++;
                AnswerOne(socket, header.nlmsg_seq, BitConverter.ToInt32(request[20..]));
                AfterStats?.Invoke(StatsRequests + StatsDumps);
                break;
            default:
                throw new NotSupportedException($"A request of type {header.nlmsg_type} is not played here.");
        }
    }

    private void AnswerLink(FakeKernelSocket socket, uint sequence, string request)
    {
        FakeLink? link = _links.Find(l => request.Contains(l.Name + '\0', StringComparison.Ordinal));
        socket.Enqueue(link is null
            ? NetlinkBytes.Error((int)Errno.ENODEV, sequence, socket.PortId)
            : NetlinkBytes.Link(link.Index, link.Name, link.Kind, sequence, socket.PortId));
    }

    private void AnswerDump(FakeKernelSocket socket, uint sequence)
    {
        if (StatsErrno != 0)
        {
            socket.Enqueue(NetlinkBytes.Error(StatsErrno, sequence, socket.PortId));
            return;
        }

        foreach (FakeLink link in _links)
        {
            if (link.Errno == 0)
            {
                socket.EnqueueStats(link, sequence);
            }
        }

        socket.EnqueueDone(sequence);
    }

    private void AnswerOne(FakeKernelSocket socket, uint sequence, int index)
    {
        int errno = (int)Errno.ENODEV;
        foreach (FakeLink link in _links)
        {
            if (link.Index == index)
            {
                errno = StatsErrno != 0 ? StatsErrno : link.Errno;
                if (errno == 0)
                {
                    socket.EnqueueStats(link, sequence);
                    return;
                }
            }
        }

        socket.Enqueue(NetlinkBytes.Error(errno, sequence, socket.PortId));
    }
}
