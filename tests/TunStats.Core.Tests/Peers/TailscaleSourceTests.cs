using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using TunStats.Interop;
using TunStats.Peers;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Peers;

public sealed class TailscaleSourceTests
{
    [Fact]
    public void StatusOfARealNodeIsRead()
    {
        using var server = new TailscaleServer { Status = TailscaleServer.Recorded("status-a-after.json") };
        var clock = new ManualTimeProvider();
        clock.SetUtcNow(new DateTimeOffset(2026, 11, 21, 13, 26, 0, TimeSpan.Zero));
        using TailscaleSource source = server.Open(clock);

        TunPeerSnapshot snapshot = source.Read()!;

        Assert.Equal(("tailscale0", PeerSourceKind.Tailscale), (snapshot.Device, snapshot.Source));
        Assert.Empty(snapshot.Warnings);
        TunPeer self = snapshot.Self!;
        Assert.Equal(("TESTCTRL00000001", "tslab-a.lab.ts.net"), (self.NodeId, self.Name));
        Assert.Equal("100.64.0.1, fd7a:115c:a1e0:ab12:4843:cd96:6240:1", self.Addresses);
        TunPeer peer = Assert.Single(snapshot.Peers);
        Assert.StartsWith("nodekey:44c1b414", peer.PublicKey, StringComparison.Ordinal);
        Assert.Equal(("tslab-b.lab.ts.net", "tslab-b", "TESTCTRL00000002"), (peer.Name, peer.HostName, peer.NodeId));
        Assert.Equal("100.64.0.2, fd7a:115c:a1e0:ab12:4843:cd96:6240:2", peer.Addresses);
        Assert.Equal("192.168.50.0/24", peer.PrimaryRoutes);
        Assert.Equal(5, peer.GetAllowedPrefixes().Count);
        Assert.Equal((PeerPathKind.Direct, "10.77.0.12:41641", "lab"), (peer.Path, peer.Endpoint, peer.Relay));
        Assert.Equal((154764ul, 299348ul), (peer.RxBytes, peer.TxBytes));
        Assert.Equal(new DateTime(2026, 11, 21, 13, 25, 42, DateTimeKind.Utc).AddTicks(6953454), peer.LastHandshake);
        Assert.Equal("00:00:17.3046546", peer.HandshakeAge.ToString());
        Assert.Equal((true, false, "linux"), (peer.Online!.Value, peer.ExitNode, peer.OS));
        Assert.Equal(("user-2@fake-control.example.net", ""), (peer.User, peer.Tags));
        Assert.Null(peer.RxBytesIncrease);
    }

    /// <summary>tailscaled answers to its own host name alone, and in chunks to who says HTTP/1.1.</summary>
    [Fact]
    public void ItIsAskedAsItWants()
    {
        using var server = new TailscaleServer();
        using TailscaleSource source = server.Open();

        source.Read();

        Assert.Equal(
            "GET /localapi/v0/status HTTP/1.0\r\nHost: local-tailscaled.sock\r\n\r\n", Assert.Single(server.Requests));
    }

    [Fact]
    public void SubnetsThatThisNodeServesAreKnown()
    {
        using var server = new TailscaleServer { Status = TailscaleServer.Recorded("status-b-after.json") };
        using TailscaleSource source = server.Open();

        TunPeerSnapshot snapshot = source.Read()!;

        Assert.Equal(
            ["192.168.50.0/24", "0.0.0.0/0", "::/0"],
            snapshot.GetOwnSubnets().Select(route => route.Prefix));
        Assert.Equal(
            [
                "100.64.0.1/32", "100.64.0.2/32", "192.168.50.0/24", "fd7a:115c:a1e0:ab12:4843:cd96:6240:1/128",
                "fd7a:115c:a1e0:ab12:4843:cd96:6240:2/128",
            ],
            snapshot.ToRouteSet().Entries.Select(entry => entry.Key.ToString()));
    }

    [Theory]
    [InlineData("192.0.2.1:41641", "lab", "", true, PeerPathKind.Direct, "192.0.2.1:41641", "192.0.2.1:41641", "lab")]
    [InlineData("", "lab", "", true, PeerPathKind.Derp, "127.3.3.40:1", null, "lab")]
    [InlineData("", "own", "", true, PeerPathKind.Derp, "127.3.3.40:900", null, "own")]
    [InlineData("", "far", "", true, PeerPathKind.Derp, "127.3.3.40:0", null, "far")]
    [InlineData("", "lab", "", false, PeerPathKind.None, "", null, "lab")]
    [InlineData("", "", "", true, PeerPathKind.None, "", null, null)]
    [InlineData(
        "", "lab", "192.0.2.9:7:vni:3", true, PeerPathKind.PeerRelay, "192.0.2.9:7", null, "192.0.2.9:7:vni:3")]
    [InlineData("127.3.3.40:4", "lab", "", true, PeerPathKind.Derp, "127.3.3.40:4", null, "lab")]
    public void PathsAreDistinguished(
        string curAddr, string relay, string peerRelay, bool active, PeerPathKind kind, string to, string? endpoint,
        string? shownRelay)
    {
        using var server = new TailscaleServer
        {
            Status = TailscaleServer.StatusOf(curAddr, relay, peerRelay, active: active),
        };
        using TailscaleSource source = server.Open();

        TunPeer peer = Assert.Single(source.Read()!.Peers);

        Assert.Equal((kind, endpoint, shownRelay), (peer.Path, peer.Endpoint, peer.Relay));
        Assert.Equal(to, peer.GetPath().Endpoint.ToString());
    }

    /// <summary>The map of regions is asked for where a region is not known, and not at every look.</summary>
    [Fact]
    public void RegionsAreAskedForWhenTheyAreNeeded()
    {
        using var server = new TailscaleServer { Status = TailscaleServer.StatusOf(relay: "lab"), Regions = null };
        var clock = new ManualTimeProvider();
        using TailscaleSource source = server.Open(clock);

        TunPeerSnapshot first = source.Read()!;
        Assert.Equal("127.3.3.40:0", first.Peers[0].GetPath().Endpoint.ToString());
        Assert.Contains("HTTP status 404", Assert.Single(first.Warnings), StringComparison.Ordinal);
        Assert.Single(source.Read()!.Warnings);
        Assert.Equal(["status", "derpmap", "status"], server.Asked);

        server.Regions = TailscaleServer.DerpMap;
        clock.Advance(TimeSpan.FromMinutes(1));
        TunPeerSnapshot later = source.Read()!;
        Assert.Equal("127.3.3.40:1", later.Peers[0].GetPath().Endpoint.ToString());
        Assert.Empty(later.Warnings);
        clock.Advance(TimeSpan.FromMinutes(1));
        source.Read();
        Assert.Equal(["status", "derpmap", "status", "status", "derpmap", "status"], server.Asked);
    }

    [Fact]
    public void WhatIsMissingOrUnknownDoesNotMatter()
    {
        using var server = new TailscaleServer
        {
            Status = """
                {"Version":"9.9.9","Self":null,"New":{"a":[1,{"b":null}]},"User":{"7":{"LoginName":"u@x"},"x":null},
                "Peer":{"k":{"PublicKey":"nodekey:1","UserID":7,"TailscaleIPs":null,"Tags":null,"RxBytes":null,
                "Online":null,"LastHandshake":"2026-11-21T14:25:42.5+01:00","Future":{"RxBytes":"x"}},
                "l":{"PublicKey":"nodekey:2","UserID":7,"Tags":["tag:b","tag:a"],"LastHandshake":null},"m":null}}
                """,
        };
        using TailscaleSource source = server.Open();

        TunPeerSnapshot snapshot = source.Read()!;

        Assert.Null(snapshot.Self);
        Assert.Equal(2, snapshot.Peers.Count);
        Assert.Equal(("u@x", "", null), (snapshot.Peers[0].User, snapshot.Peers[0].Tags, snapshot.Peers[0].Online));
        Assert.Equal(
            new DateTime(2026, 11, 21, 13, 25, 42, 500, DateTimeKind.Utc), snapshot.Peers[0].LastHandshake);
        Assert.Equal(("", "tag:b, tag:a"), (snapshot.Peers[1].User, snapshot.Peers[1].Tags));
    }

    [Theory]
    [InlineData("""{"Peer":{"k":{"PublicKey":"n","RxBytes":-5}}}""", "RxBytes")]
    [InlineData("""{"Peer":{"k":{"PublicKey":"n","TxBytes":18446744073709551616}}}""", "TxBytes")]
    [InlineData("""{"Peer":{"k":{"PublicKey":"n","TxBytes":"1"}}}""", "TxBytes")]
    [InlineData("""{"Peer":{"k":{"PublicKey":"n","TailscaleIPs":["100.64.0.256"]}}}""", "TailscaleIPs")]
    [InlineData("""{"Peer":{"k":{"PublicKey":"n","TailscaleIPs":"100.64.0.2"}}}""", "TailscaleIPs")]
    [InlineData("""{"Peer":{"k":{"PublicKey":"n","TailscaleIPs":{}}}}""", "TailscaleIPs")]
    [InlineData("""{"Peer":{"k":{"PublicKey":"n","AllowedIPs":["10.0.0.0/33"]}}}""", "AllowedIPs")]
    [InlineData("""{"Peer":{"k":{"PublicKey":"n","LastHandshake":"yesterday"}}}""", "LastHandshake")]
    [InlineData("""{"Peer":{"k":{"PublicKey":"n","Online":1}}}""", "Online")]
    [InlineData("""{"Peer":{"k":{"ID":"n"}}}""", "PublicKey")]
    [InlineData("""{"Peer":[]}""", "Peer")]
    [InlineData("""{"Self":"me"}""", "Self")]
    [InlineData("""{"Peer":{"k":{"PublicKey":"n","HostName":"\ud800"}}}""", "Unicode")]
    [InlineData("[]", "status")]
    [InlineData("null", "null")]
    [InlineData("{\"Self\":{\n\"ID\":\"x", "line 2")]
    [InlineData("<html>", "JSON")]
    public void NonsenseIsAnErrorThatSaysWhat(string status, string what)
    {
        using var server = new TailscaleServer { Status = status };
        using TailscaleSource source = server.Open();

        TunStatsException error = Assert.Throws<TunStatsException>(() => source.Read());

        Assert.Equal(ErrorKind.InvalidPeerReply, error.Kind);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains(server.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NestingWithoutEndIsAnError()
    {
        using var server = new TailscaleServer
        {
            Status = "{\"x\":" + string.Concat(Enumerable.Repeat("[", 100_000)),
        };
        using TailscaleSource source = server.Open();

        Assert.Equal(ErrorKind.InvalidPeerReply, Assert.Throws<TunStatsException>(() => source.Read()).Kind);
    }

    [Theory]
    [InlineData("HTTP/1.0 403 Forbidden\r\n\r\nstatus access denied", ErrorKind.PeersDenied, "403")]
    [InlineData("HTTP/1.0 500 Internal Server Error\r\n\r\n", ErrorKind.PeersRefused, "500")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n{}", ErrorKind.InvalidPeerReply, "2 of 100 bytes")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: x\r\n\r\n{}", ErrorKind.InvalidPeerReply, "'x'")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ErrorKind.InvalidPeerReply, "a transfer")]
    [InlineData("HTTP/1.0 200 OK\r\n", ErrorKind.InvalidPeerReply, "no HTTP head")]
    [InlineData("HTTP/1.0\r\n\r\n{}", ErrorKind.InvalidPeerReply, "not HTTP")]
    [InlineData("HTTP/1.0 2x0 OK\r\n\r\n{}", ErrorKind.InvalidPeerReply, "not HTTP")]
    [InlineData("errno=0\n\n", ErrorKind.InvalidPeerReply, "no HTTP head")]
    [InlineData("", ErrorKind.InvalidPeerReply, "no HTTP head")]
    public void WhatIsNoAnswerIsAnError(string answer, ErrorKind kind, string what)
    {
        using var server = new UnixServer((_, stream, _) => stream.Write(Encoding.UTF8.GetBytes(answer)));
        using var source = new TailscaleSource("tailscale0", server.Path);

        TunStatsException error = Assert.Throws<TunStatsException>(() => source.Read());

        Assert.Equal(kind, error.Kind);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    /// <summary>The answer is taken as far as it says it goes, though the connection stays open.</summary>
    [Fact]
    public void AnAnswerEndsWhereItsLengthSays()
    {
        using var server = new UnixServer((_, stream, ended) =>
        {
            stream.Write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}xx"u8);
            ended.WaitHandle.WaitOne();
        });
        using var source = new TailscaleSource("tailscale0", server.Path);

        Assert.Empty(source.Read()!.Peers);
    }

    [Fact]
    public void HalfAnAnswerIsAnErrorAfterTheTimeLimit()
    {
        using var server = new UnixServer((_, stream, ended) =>
        {
            stream.Write("HTTP/1.0 200 OK\r\n\r\n{\"Peer\":{"u8);
            ended.WaitHandle.WaitOne();
        });
        using var source = new TailscaleSource("tailscale0", server.Path) { Timeout = TimeSpan.FromMilliseconds(50) };

        Assert.Equal(ErrorKind.PeersTimeout, Assert.Throws<TunStatsException>(() => source.Read()).Kind);
    }

    [Fact]
    public void AnAnswerWithoutEndIsRefused()
    {
        using var server = new UnixServer((_, stream, ended) =>
        {
            stream.Write("HTTP/1.0 200 OK\r\n\r\n{\"x\":\""u8);
            byte[] block = Encoding.ASCII.GetBytes(new string('x', 1 << 16));
            while (!ended.IsCancellationRequested)
            {
                stream.Write(block);
            }
        });
        using var source = new TailscaleSource("tailscale0", server.Path)
        {
            MaxReplyBytes = 1 << 20,
            Timeout = TimeSpan.FromMinutes(1),
        };

        TunStatsException error = Assert.Throws<TunStatsException>(() => source.Read());

        Assert.Equal(ErrorKind.PeerReplyTooLong, error.Kind);
        Assert.Contains("1048576 bytes", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What is too long to be a name is left out; no name may command a terminal.</summary>
    [Fact]
    public void NamesOfTenMegabytesAreLeftOut()
    {
        string huge = new('n', 10_000_000);
        using var server = new TailscaleServer
        {
            Status = $$"""
                {"Peer":{"k":{"PublicKey":"nodekey:1","HostName":"{{huge}}","DNSName":"{{huge}}.","Tags":["{{huge}}"],
                "OS":"a\u001b[2Jb","{{huge}}":1} } }
                """,
        };
        using TailscaleSource source = server.Open();

        TunPeer peer = Assert.Single(source.Read()!.Peers);

        Assert.Equal(("", "", ""), (peer.HostName, peer.Name, peer.Tags));
        Assert.Equal(@"a\x1b[2Jb", peer.OS);
    }

    [Fact]
    public void ALargeTailnetIsRead()
    {
        IEnumerable<string> peers = Enumerable.Range(0, 5000).Select(i =>
            $$"""
            "nodekey:{{i:x64}}":{"ID":"n{{i}}","PublicKey":"nodekey:{{i:x64}}","RxBytes":{{i}},
            "TailscaleIPs":["100.64.{{i >> 8}}.{{i & 255}}"],"Padding":"{{new string('x', 900)}}"}
            """);
        using var server = new TailscaleServer { Status = $"{{\"Peer\":{{{string.Join(',', peers)}}}}}" };
        using TailscaleSource source = server.Open();

        IReadOnlyList<TunPeer> read = source.Read()!.Peers;

        Assert.Equal(5000, read.Count);
        Assert.Equal(("n4999", 4999ul, "100.64.19.135"), (read[4999].NodeId, read[4999].RxBytes, read[4999].Addresses));
    }

    [Fact]
    public void DamagedDocumentsAreRefusedOrRead()
    {
        byte[] whole = Encoding.UTF8.GetBytes(TailscaleServer.Recorded("status-b-after.json"));
        var random = new Random(3);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. whole[..random.Next(1, whole.Length + 1)]];
            for (int hits = random.Next(4); hits > 0; hits--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                TailscaleStatus.Parse(damaged);
            }
            catch (Exception e) when (e is FormatException or System.Text.Json.JsonException
                or InvalidOperationException)
            {
                Assert.NotEmpty(TailscaleJson.Describe(e));
                refused++;
            }
        }

        Assert.InRange(refused, 1, 2999);
    }

    [Fact]
    public void WhereNothingListensThereIsNoLayer()
    {
        var server = new TailscaleServer();
        using TailscaleSource source = server.Open();
        Assert.NotNull(source.Read());
        server.Stop();

        Assert.Null(source.Read());
        server.Dispose();
        Assert.Null(source.Read());
    }

    [Fact]
    public void ASocketThatThisUserMayNotUseIsAnError()
    {
        TunStatsException error = PeerErrors.Socket("connect", "/x.sock", TunStats.Interop.Errno.EACCES);

        Assert.Equal(ErrorKind.PeersDenied, error.Kind);
        Assert.Contains("Run as root", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACancelledTokenEndsTheWait()
    {
        using var server = new TailscaleServer();
        using TailscaleSource source = server.Open();

        Assert.Throws<OperationCanceledException>(() => source.Read(new CancellationToken(canceled: true)));
    }
}
