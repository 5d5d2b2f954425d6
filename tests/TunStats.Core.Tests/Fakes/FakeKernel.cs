using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Polling;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Tests.Fakes;

/// <summary>A kernel of a few links: it answers listings and counters, and tells of what comes and goes.</summary>
internal sealed class FakeKernel
{
    private readonly List<FakeNetlinkSocket> _listeners = [];

    internal Dictionary<int, (string Name, rtnl_link_stats64 Stats)> Links { get; } = [];

    /// <summary>The errno that every request for counters meets; 0 for none.</summary>
    internal int StatsErrno { get; set; }

    internal int Opened { get; private set; }

    internal int Closed => _sockets.Count(s => s.IsDisposed);

    private readonly List<FakeNetlinkSocket> _sockets = [];

    internal PollerSockets Open()
    {
        Opened++;
        var listener = new FakeNetlinkSocket();
        _listeners.Add(listener);
        var asker = new FakeNetlinkSocket { OnSend = Answer };
        _sockets.AddRange([listener, asker]);
        var watch = new LinkWatch(new NetlinkConnection(listener));
        return new PollerSockets(new LinkClient(new NetlinkConnection(asker), Clock), watch);
    }

    internal ManualTimeProvider Clock { get; } = new();

    internal void Set(int index, string name, ulong txDropped)
    {
        bool isNews = !Links.TryGetValue(index, out (string Name, rtnl_link_stats64 Stats) old) || old.Name != name;
        Links[index] = (name, new rtnl_link_stats64 { tx_dropped = txDropped, tx_packets = txDropped * 2 });
        if (isNews)
        {
            Tell(NetlinkBytes.Link(index, name, "tun", 0, 0));
        }
    }

    internal void Remove(int index)
    {
        string name = Links[index].Name;
        Links.Remove(index);
        Tell(NetlinkBytes.Link(index, name, "tun", 0, 0, RTM_DELLINK));
    }

    /// <summary>Loses every event that was not heard yet, as a full queue does.</summary>
    internal void LoseEvents()
    {
        foreach (FakeNetlinkSocket listener in _listeners)
        {
            listener.QueueError(new NetlinkException(NetlinkErrorKind.Overrun, "lost", Errno.ENOBUFS, null));
        }
    }

    private void Tell(byte[] message)
    {
        foreach (FakeNetlinkSocket listener in _listeners.Where(l => !l.IsDisposed))
        {
            listener.Queue(message);
        }
    }

    private void Answer(FakeNetlinkSocket socket, byte[] sent)
    {
        nlmsghdr header = MemoryMarshal.Read<nlmsghdr>(sent);
        (uint sequence, uint port) = (header.nlmsg_seq, socket.PortId);
        bool dump = (header.nlmsg_flags & NLM_F_DUMP) != 0;
        bool links = header.nlmsg_type == RTM_GETLINK;
        if (!links && StatsErrno != 0)
        {
            socket.Queue(NetlinkBytes.Error(StatsErrno, sequence, port));
            return;
        }

        IEnumerable<int> asked = Links.Keys.Order();
        if (!dump)
        {
            int index = BitConverter.ToInt32(sent, 20);
            string text = Encoding.UTF8.GetString(sent);
            asked = asked.Where(i => i == index
                || (links && text.Contains(Links[i].Name + '\0', StringComparison.Ordinal)));
        }

        byte[][] answers = [.. asked.Select(i => links
            ? NetlinkBytes.Link(i, Links[i].Name, "tun", sequence, port)
            : NetlinkBytes.Stats(i, Links[i].Stats, sequence, port))];
        if (dump)
        {
            socket.Queue([.. answers, NetlinkBytes.Done(sequence, port)]);
        }
        else
        {
            socket.Queue(answers.Length > 0 ? answers[0] : NetlinkBytes.Error(19, sequence, port));
        }
    }
}
