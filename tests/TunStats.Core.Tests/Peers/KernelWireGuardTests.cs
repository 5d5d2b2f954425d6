using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using TunStats.Interop;
using TunStats.Netlink;
using TunStats.Peers;
using TunStats.Tests.Fakes;
using TunStats.Tests.Live;
using Xunit;
using static TunStats.Interop.GenericNetlinkConstants;
using static TunStats.Interop.NetlinkConstants;

namespace TunStats.Tests.Peers;

public sealed class KernelWireGuardTests
{
    private readonly FakeNetlinkSocket _socket = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly KernelWireGuardSource _source;

    public KernelWireGuardTests() =>
        _source = new KernelWireGuardSource("wg0", new NetlinkConnection(_socket), _clock);

    [Fact]
    public void PeersOfADeviceAreRead()
    {
        Answer((sequence, port) =>
        [
            WireGuardBytes.Device(
                sequence,
                port,
                WireGuardBytes.Peer(
                    1,
                    WireGuardBytes.Endpoint("192.0.2.7:51820"),
                    WireGuardBytes.Handshake(1_767_323_000, 500_000_000),
                    WireGuardBytes.Counters(1000, ulong.MaxValue),
                    WireGuardBytes.Allowed("fd00::2/128", "10.0.0.2/32", "10.7.0.0/16")),
                WireGuardBytes.Peer(2, WireGuardBytes.Endpoint("[2001:db8::5]:1"), WireGuardBytes.Handshake(0, 0))),
            NetlinkBytes.Done(sequence, port),
        ]);

        TunPeerSnapshot snapshot = _source.Read()!;

        Assert.Equal("wg0", snapshot.Device);
        Assert.Equal(PeerSourceKind.KernelWireGuard, snapshot.Source);
        Assert.Equal(_clock.GetUtcNow().UtcDateTime, snapshot.Timestamp);
        Assert.True(snapshot.IsConsistent);
        Assert.Equal(Convert.ToBase64String(WireGuardBytes.Key(0xdd)), snapshot.Self!.PublicKey);
        TunPeer first = snapshot.Peers[0];
        Assert.Equal(Convert.ToBase64String(WireGuardBytes.Key(1)), first.PublicKey);
        Assert.Equal("10.0.0.2, fd00::2", first.Addresses);
        Assert.Equal("fd00::2/128, 10.0.0.2/32, 10.7.0.0/16", first.AllowedPrefixes);
        Assert.Equal((PeerPathKind.Direct, "192.0.2.7:51820", null), (first.Path, first.Endpoint, first.Relay));
        Assert.Equal((1000ul, ulong.MaxValue), (first.RxBytes, first.TxBytes));
        Assert.Equal(
            DateTime.UnixEpoch.AddSeconds(1_767_323_000.5), first.LastHandshake);
        Assert.Equal(snapshot.Timestamp - first.LastHandshake, first.HandshakeAge);
        Assert.Null(first.Online);
        TunPeer second = snapshot.Peers[1];
        Assert.Equal("[2001:db8::5]:1", second.Endpoint);
        Assert.Null(second.LastHandshake);
        Assert.Null(second.HandshakeAge);
        Assert.Equal("", second.Addresses);
    }

    [Fact]
    public void TheRequestIsTheOneThatTheKernelExpects()
    {
        Answer((sequence, port) => [NetlinkBytes.Done(sequence, port)]);

        _source.Read();

        byte[] asked = _socket.Sent[1];
        nlmsghdr header = MemoryMarshal.Read<nlmsghdr>(asked);
        Assert.Equal(WireGuardBytes.Family, header.nlmsg_type);
        Assert.Equal(NLM_F_REQUEST | NLM_F_DUMP, header.nlmsg_flags);
        Assert.Equal(new byte[] { WG_CMD_GET_DEVICE, WG_GENL_VERSION, 0, 0 }, asked[16..20]);
        Assert.Equal(NetlinkBytes.Attribute(WGDEVICE_A_IFNAME, "wg0"), asked[20..]);
        Assert.Equal("wireguard", Encoding.ASCII.GetString(_socket.Sent[0][24..33]));
    }

    /// <summary>
    /// The kernel ends a message where a peer's prefixes no longer fit, and begins the next with its key.
    /// </summary>
    [Fact]
    public void APeerThatTakesSeveralMessagesIsOne()
    {
        string[] prefixes = [.. Enumerable.Range(0, 9).Select(i => $"10.{i}.0.0/16")];
        Answer((sequence, port) =>
        [
            WireGuardBytes.Device(
                sequence,
                port,
                WireGuardBytes.Peer(1, WireGuardBytes.Counters(1, 2), WireGuardBytes.Allowed("10.9.0.1/32")),
                WireGuardBytes.Peer(
                    2,
                    WireGuardBytes.Endpoint("192.0.2.7:1"),
                    WireGuardBytes.Counters(3, 4),
                    WireGuardBytes.Allowed(prefixes[..3]))),
            WireGuardBytes.Device(sequence, port, WireGuardBytes.Peer(2, WireGuardBytes.Allowed(prefixes[3..6]))),
            WireGuardBytes.Device(
                sequence,
                port,
                WireGuardBytes.Peer(2, WireGuardBytes.Allowed(prefixes[6..])),
                WireGuardBytes.Peer(3, WireGuardBytes.Counters(5, 6))),
            NetlinkBytes.Done(sequence, port),
        ]);

        IReadOnlyList<TunPeer> peers = _source.Read()!.Peers;

        Assert.Equal([1ul, 3, 5], peers.Select(peer => peer.RxBytes));
        Assert.Equal(string.Join(", ", prefixes), peers[1].AllowedPrefixes);
        Assert.Equal("192.0.2.7:1", peers[1].Endpoint);
    }

    [Fact]
    public void ADumpThatChangedMeanwhileIsRepeated()
    {
        int dumps = 0;
        Answer((sequence, port) =>
        [
            WireGuardBytes.Device(
                sequence,
                port,
                dumps++ == 0 ? NLM_F_DUMP_INTR : (ushort)0,
                WireGuardBytes.Peer((byte)dumps, WireGuardBytes.Counters(1, 1))),
            NetlinkBytes.Done(sequence, port),
        ]);

        TunPeerSnapshot snapshot = _source.Read()!;

        Assert.Equal(Convert.ToBase64String(WireGuardBytes.Key(2)), Assert.Single(snapshot.Peers).PublicKey);
        Assert.True(snapshot.IsConsistent);
    }

    [Fact]
    public void ADumpThatNeverSettlesSaysSo()
    {
        Answer((sequence, port) =>
        [
            WireGuardBytes.Device(sequence, port, NLM_F_DUMP_INTR, WireGuardBytes.Peer(1)),
            NetlinkBytes.Done(sequence, port),
        ]);

        Assert.False(_source.Read()!.IsConsistent);
    }

    [Theory]
    [InlineData(19)]
    [InlineData(95)]
    public void ADeviceThatIsNotThereOrOfAnotherKindHasNoPeers(int errno)
    {
        Answer((sequence, port) => [NetlinkBytes.Error(errno, sequence, port)]);

        Assert.Null(_source.Read());
    }

    [Fact]
    public void AKernelWithoutWireGuardHasNoPeers()
    {
        _socket.OnSend = (socket, sent) =>
            socket.Queue(NetlinkBytes.Error(2, FakeNetlinkSocket.SequenceOf(sent), socket.PortId));

        Assert.Null(_source.Read());
        Assert.Null(_source.Read());
    }

    [Fact]
    public void AModuleThatWasLoadedAgainIsFoundUnderItsNewNumber()
    {
        ushort family = 0x29;
        _socket.OnSend = (socket, sent) =>
        {
            nlmsghdr header = MemoryMarshal.Read<nlmsghdr>(sent);
            socket.Queue(header.nlmsg_type == GENL_ID_CTRL
                ? WireGuardBytes.FamilyReply(header.nlmsg_seq, socket.PortId, family)
                : header.nlmsg_type == family
                    ? NetlinkBytes.Done(header.nlmsg_seq, socket.PortId)
                    : NetlinkBytes.Error(2, header.nlmsg_seq, socket.PortId));
        };
        Assert.NotNull(_source.Read());

        family = WireGuardBytes.Family;

        Assert.NotNull(_source.Read());
    }

    [Fact]
    public void WhoMayNotAskIsReportedWhatItTakes()
    {
        Answer((sequence, port) => [NetlinkBytes.Error(1, sequence, port)]);

        TunStatsException error = Assert.Throws<TunStatsException>(() => _source.Read());

        Assert.Equal(ErrorKind.PeersDenied, error.Kind);
        Assert.Contains("'wg0'", error.Message, StringComparison.Ordinal);
        Assert.Contains("CAP_NET_ADMIN", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The kernel sends the private key along: nobody else gets the buffer that it was in.</summary>
    [Fact]
    public void ThePrivateKeyIsNotLeftInABuffer()
    {
        Answer((sequence, port) => [WireGuardBytes.Device(sequence, port), NetlinkBytes.Done(sequence, port)]);
        var connection = new NetlinkConnection(_socket) { ReceivesSecrets = true };
        using (var source = new KernelWireGuardSource("wg0", connection, _clock))
        {
            source.Read();
        }

        byte[] next = ArrayPool<byte>.Shared.Rent(64 * 1024);
        Assert.Equal(-1, next.AsSpan().IndexOf(WireGuardBytes.Key(0xee)));
        ArrayPool<byte>.Shared.Return(next);
    }

    [Fact]
    public void NonsenseIsAnErrorThatSaysWhat()
    {
        byte[] noKey = NetlinkBytes.Attribute(0, WireGuardBytes.Counters(1, 1));
        byte[] shortKey = NetlinkBytes.Attribute(0, NetlinkBytes.Attribute(WGPEER_A_PUBLIC_KEY, new byte[31]));
        byte[] bits = WireGuardBytes.Peer(1, Item(2, new byte[4], 33));
        byte[] address = WireGuardBytes.Peer(1, Item(10, new byte[4], 32));
        byte[] family = WireGuardBytes.Peer(1, Item(258, new byte[4], 32));
        byte[] endpoint = WireGuardBytes.Peer(1, NetlinkBytes.Attribute(WGPEER_A_ENDPOINT, [10, 0, 1, 1, 1, 1]));
        byte[] time = WireGuardBytes.Peer(1, WireGuardBytes.Handshake(long.MaxValue, 0));

        Assert.Contains("no public key", Message(noKey), StringComparison.Ordinal);
        Assert.Contains("31 bytes", Message(shortKey), StringComparison.Ordinal);
        Assert.Contains("33 bits", Message(bits), StringComparison.Ordinal);
        Assert.Contains("4 address bytes", Message(address), StringComparison.Ordinal);
        Assert.Contains("family 258", Message(family), StringComparison.Ordinal);
        Assert.Contains("endpoint of family 10 has 6 bytes", Message(endpoint), StringComparison.Ordinal);
        Assert.Contains("not a time", Message(time), StringComparison.Ordinal);

        static byte[] Item(ushort family, byte[] address, byte length) => NetlinkBytes.Attribute(
            WGPEER_A_ALLOWEDIPS, WireGuardBytes.AllowedItem(family, address, length));

        string Message(byte[] peer)
        {
            Answer((sequence, port) => [WireGuardBytes.Device(sequence, port, peer)]);
            TunStatsException error = Assert.Throws<TunStatsException>(() => _source.Read());
            Assert.Equal(ErrorKind.InvalidPeerReply, error.Kind);
            return error.Message;
        }
    }

    /// <summary>Whatever bytes come, they are read or refused; nothing else escapes.</summary>
    [Fact]
    public void DamagedAnswersAreRefusedOrRead()
    {
        var random = new Random(7);
        byte[] whole = WireGuardBytes.Device(
            0,
            0,
            WireGuardBytes.Peer(
                1,
                WireGuardBytes.Endpoint("192.0.2.7:51820"),
                WireGuardBytes.Handshake(5, 6),
                WireGuardBytes.Counters(7, 8),
                WireGuardBytes.Allowed("10.0.0.0/8", "fd00::/8")));
        int refused = 0;
        for (int i = 0; i < 5000; i++)
        {
            byte[] damaged = [.. whole];
            for (int hits = random.Next(1, 5); hits > 0; hits--)
            {
                damaged[random.Next(16, damaged.Length)] = (byte)random.Next(256);
            }

            Answer((sequence, port) =>
            {
                MemoryMarshal.Write(damaged.AsSpan(8), in sequence);
                MemoryMarshal.Write(damaged.AsSpan(12), in port);
                return [damaged, NetlinkBytes.Done(sequence, port)];
            });
            try
            {
                _source.Read();
            }
            catch (Exception e) when (e is TunStatsException or NetlinkException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 4999);
    }

    [LiveFact]
    public void FamiliesOfThisKernelAreFoundByName()
    {
        using var connection = new NetlinkConnection(NetlinkSocket.Open(NETLINK_GENERIC));

        Assert.Equal(GENL_ID_CTRL, GenericNetlink.FindFamily(connection, "nlctrl"));
        Assert.Null(GenericNetlink.FindFamily(connection, "no such one"));
    }

    private void Answer(Func<uint, uint, byte[][]> dump) => _socket.OnSend = (socket, sent) =>
    {
        nlmsghdr header = MemoryMarshal.Read<nlmsghdr>(sent);
        socket.Queue(header.nlmsg_type == GENL_ID_CTRL
            ? [WireGuardBytes.FamilyReply(header.nlmsg_seq, socket.PortId)]
            : dump(header.nlmsg_seq, socket.PortId));
    };
}
