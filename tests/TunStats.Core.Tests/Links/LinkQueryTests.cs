using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Tests.Links;

/// <summary>A kernel of a few links, played by a fake socket.</summary>
public sealed class LinkQueryTests : ILinkQuerySink
{
    private readonly FakeNetlinkSocket _socket = new();
    private readonly List<(int Index, string Name, string Kind)> _links =
        [(1, "lo", "x"), (2, "tun0", "tun"), (3, "wg0", "wireguard")];

    private readonly HashSet<int> _vanishing = [];
    private readonly List<string> _seen = [];
    private readonly List<(ErrorKind Kind, object Input)> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly LinkQuery _query;
    private bool _unsettled;

    public LinkQueryTests()
    {
        _socket.OnSend = Answer;
        _query = new LinkQuery(new LinkClient(new NetlinkConnection(_socket), new ManualTimeProvider()), this);
    }

    [Fact]
    public void TunnelsAreFoundByTheirKind()
    {
        _query.ReadTunnels();
        Assert.Equal(["tun0", "wg0"], _seen);
    }

    [Fact]
    public void AllTakesTwoRequestsWhateverTheNumber()
    {
        _query.ReadAll();
        Assert.Equal(["lo", "tun0", "wg0"], _seen);
        Assert.Equal(2, _socket.Sent.Count);
    }

    /// <summary>Link state and queue take two dumps more, and nothing where nobody asks for them.</summary>
    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 4)]
    public void OnlyDetailsTakeMoreRequests(bool isDetailed, int requests)
    {
        var query = new LinkQuery(
            new LinkClient(new NetlinkConnection(_socket), new ManualTimeProvider()), this)
        {
            IsDetailed = isDetailed,
        };
        foreach (Action read in new Action[]
        {
            () => query.ReadTunnels(), () => query.ReadByName(["wg0"]), () => query.ReadByIndex([3]),
        })
        {
            _socket.Sent.Clear();
            read();
            Assert.Equal(requests, _socket.Sent.Count);
        }
    }

    [Fact]
    public void UnknownAndImpossibleNamesAreErrorsAndTheOthersStillCome()
    {
        _query.ReadByName(["nope", "wg0", "a b", "lo"]);
        Assert.Equal(["wg0", "lo"], _seen);
        Assert.Equal([(ErrorKind.DeviceNotFound, "nope"), (ErrorKind.InvalidDeviceName, "a b")], _errors);
    }

    [Fact]
    public void AnInterfaceOfExactlyThatNameComesBeforeAWildcard()
    {
        _links.AddRange([(4, "q1", "tun"), (5, "q[1]", "tun"), (6, "a`*", "tun")]);
        _query.ReadByName(["q[1]", "a`*"]);
        Assert.Equal(["q[1]", "a`*"], _seen);

        _seen.Clear();
        _query.ReadByName(["q`[1`]", "q*"]);
        Assert.Equal(["q[1]", "q1", "q[1]"], _seen);

        _seen.Clear();
        _links.RemoveAt(4);
        _query.ReadByName(["q[1]"]);
        Assert.Equal(["q1"], _seen);
        Assert.Empty(_errors);
    }

    [Fact]
    public void WildcardWithoutMatchIsSilent()
    {
        _query.ReadByName(["x*"]);
        Assert.Empty(_seen);
        Assert.Empty(_errors);
    }

    [Fact]
    public void DeviceThatVanishesIsSkippedInAWildcardAndAnErrorForItsName()
    {
        _vanishing.Add(2);
        _query.ReadByName(["*0", "tun0"]);
        Assert.Equal(["wg0"], _seen);
        Assert.Equal([(ErrorKind.DeviceNotFound, "tun0")], _errors);
    }

    [Fact]
    public void IndexesAreReadInTheirOrder()
    {
        _query.ReadByIndex([3, 99, 0, -5, 1]);
        Assert.Equal(["wg0", "lo"], _seen);
        Assert.Equal([99, 0, -5], _errors.Select(e => e.Input));
    }

    [Fact]
    public void UnsettledListingIsAWarning()
    {
        _unsettled = true;
        _query.ReadAll();
        Assert.Equal(3, _seen.Count);
        Assert.Contains("each of 5 listings", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void OldKernelIsNamed()
    {
        _socket.OnSend = (socket, sent) =>
            socket.Queue(NetlinkBytes.Error(95, FakeNetlinkSocket.SequenceOf(sent), socket.PortId));
        using var client = new LinkClient(new NetlinkConnection(_socket), TimeProvider.System);
        TunStatsException error = Assert.Throws<TunStatsException>(() => client.ReadCounters(1));
        Assert.Equal(ErrorKind.KernelTooOld, error.Kind);
        Assert.Contains("4.7", error.Message, StringComparison.Ordinal);
    }

    void ILinkQuerySink.OnStats(RtnlLinkStats64 stats)
    {
        Assert.Equal((ulong)stats.Index, stats.TxDropped);
        Assert.Equal(DateTimeKind.Utc, stats.Timestamp.Kind);
        _seen.Add(stats.Name);
    }

    void ILinkQuerySink.OnError(TunStatsException error, object input) => _errors.Add((error.Kind, input));

    void ILinkQuerySink.OnWarning(string message) => _warnings.Add(message);

    private void Answer(FakeNetlinkSocket socket, byte[] sent)
    {
        nlmsghdr header = MemoryMarshal.Read<nlmsghdr>(sent);
        (uint sequence, uint port) = (header.nlmsg_seq, socket.PortId);
        bool dump = (header.nlmsg_flags & NLM_F_DUMP) != 0;
        bool links = header.nlmsg_type == RTM_GETLINK;
        IEnumerable<(int Index, string Name, string Kind)> there =
            links ? _links
            : header.nlmsg_type == RTM_GETQDISC ? []
            : _links.Where(l => !_vanishing.Contains(l.Index));
        if (!dump)
        {
            int index = BitConverter.ToInt32(sent, 20);
            string text = System.Text.Encoding.UTF8.GetString(sent);
            there = there.Where(
                l => l.Index == index || (links && text.Contains(l.Name + '\0', StringComparison.Ordinal)));
        }

        byte[][] answers = [.. there.Select(l => links
            ? NetlinkBytes.Link(l.Index, l.Name, l.Kind, sequence, port)
            : NetlinkBytes.Stats(l.Index, (ulong)l.Index, sequence, port))];
        if (dump)
        {
            socket.Queue(answers);
            socket.Queue(NetlinkBytes.Done(sequence, port, _unsettled ? NLM_F_DUMP_INTR : (ushort)0));
        }
        else
        {
            socket.Queue(answers.Length > 0 ? answers[0] : NetlinkBytes.Error(19, sequence, port));
        }
    }
}
