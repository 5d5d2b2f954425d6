using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using TunStats.Interop;
using TunStats.Peers;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Peers;

public sealed class UserspaceWireGuardTests
{
    private const string Key1 = "de802c1ecccbe369f69364655ab1d5e200739e7a63c2a0698bd0416696adb620";
    private const string Key2 = "460f185d8d9ce8bef66536ac345d8f7976b02459d40ab7284c067eccb08e866a";

    [Fact]
    public void PeersOfADeviceAreRead()
    {
        using UnixServer server = Serve($"""
            private_key=9017259d268477db603452cfdc342d8e5e866fa4aeef02b1a337856878989176
            listen_port=51820
            public_key={Key1}
            preshared_key=0000000000000000000000000000000000000000000000000000000000000000
            protocol_version=1
            endpoint=[2001:db8::7]:51820
            last_handshake_time_sec=1767323000
            last_handshake_time_nsec=500000000
            tx_bytes=18446744073709551615
            rx_bytes=148
            persistent_keepalive_interval=0
            allowed_ip=fd00::2/128
            allowed_ip=10.0.0.2/32
            allowed_ip=10.7.0.0/16
            a_key_of_tomorrow=1
            public_key={Key2}
            last_handshake_time_sec=0
            last_handshake_time_nsec=0
            errno=0


            """);
        var clock = new ManualTimeProvider();
        using var source = new UserspaceWireGuardSource("wg0", server.Path, clock);

        TunPeerSnapshot snapshot = source.Read()!;

        Assert.Equal("get=1\n\n", Assert.Single(server.Requests));
        Assert.Equal(("wg0", PeerSourceKind.UserspaceWireGuard), (snapshot.Device, snapshot.Source));
        Assert.Null(snapshot.Self);
        TunPeer first = snapshot.Peers[0];
        Assert.Equal(Convert.ToBase64String(Convert.FromHexString(Key1)), first.PublicKey);
        Assert.Equal("[2001:db8::7]:51820", first.Endpoint);
        Assert.Equal((148ul, ulong.MaxValue), (first.RxBytes, first.TxBytes));
        Assert.Equal("10.0.0.2, fd00::2", first.Addresses);
        Assert.Equal("fd00::2/128, 10.0.0.2/32, 10.7.0.0/16", first.AllowedPrefixes);
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1_767_323_000.5), first.LastHandshake);
        TunPeer second = snapshot.Peers[1];
        Assert.Equal((PeerPathKind.None, null, null), (second.Path, second.Endpoint, second.LastHandshake));
    }

    [Theory]
    [InlineData("public_key=12\n", "public_key")]
    [InlineData("public_key=zz802c1ecccbe369f69364655ab1d5e200739e7a63c2a0698bd0416696adb620\n", "public_key")]
    [InlineData($"public_key={Key1}\nendpoint=nowhere\n", "endpoint")]
    [InlineData($"public_key={Key1}\nrx_bytes=-1\n", "rx_bytes")]
    [InlineData($"public_key={Key1}\ntx_bytes=18446744073709551616\n", "tx_bytes")]
    [InlineData($"public_key={Key1}\nlast_handshake_time_sec=-1\n", "last_handshake_time_sec")]
    [InlineData($"public_key={Key1}\nlast_handshake_time_nsec=1000000000\n", "last_handshake_time_nsec")]
    [InlineData($"public_key={Key1}\nallowed_ip=10.0.0.0/33\n", "allowed_ip")]
    [InlineData("errno=\n", "errno")]
    [InlineData("HTTP/1.1 400 Bad Request\n\n", "key=value")]
    [InlineData($"public_key={Key1}\nrx_bytes=1\n", "errno")]
    [InlineData("", "errno")]
    public void NonsenseIsAnErrorThatSaysWhat(string reply, string what)
    {
        using UnixServer server = Serve(reply);
        using var source = new UserspaceWireGuardSource("wg0", server.Path);

        TunStatsException error = Assert.Throws<TunStatsException>(() => source.Read());

        Assert.Equal(ErrorKind.InvalidPeerReply, error.Kind);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains(server.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedLinesAreRefusedOrRead()
    {
        string[] lines =
        [
            $"public_key={Key1}", "endpoint=192.0.2.7:51820", "last_handshake_time_sec=1767323000",
            "last_handshake_time_nsec=500000000", "tx_bytes=12", "rx_bytes=13", "allowed_ip=10.0.0.0/8", "errno=0",
        ];
        var random = new Random(11);
        int refused = 0;
        for (int i = 0; i < 5000; i++)
        {
            var reply = new UapiReply("test.sock");
            try
            {
                foreach (string line in lines)
                {
                    byte[] damaged = Encoding.ASCII.GetBytes(line);
                    if (random.Next(3) == 0)
                    {
                        damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                    }

                    reply.ReadLine(damaged);
                }
            }
            catch (TunStatsException e)
            {
                Assert.Equal(ErrorKind.InvalidPeerReply, e.Kind);
                refused++;
            }
        }

        Assert.InRange(refused, 1, 4999);
    }

    [Fact]
    public void ARefusalIsAnErrorWithItsNumber()
    {
        using UnixServer server = Serve("errno=5\n\n");
        using var source = new UserspaceWireGuardSource("wg0", server.Path);

        TunStatsException error = Assert.Throws<TunStatsException>(() => source.Read());

        Assert.Equal(ErrorKind.PeersRefused, error.Kind);
        Assert.Contains("error number 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALineWithoutEndIsRefusedBeforeItFillsTheMemory()
    {
        using var server = new UnixServer((_, stream, ended) =>
        {
            byte[] block = new byte[1 << 16];
            block.AsSpan().Fill((byte)'x');
            while (!ended.IsCancellationRequested)
            {
                stream.Write(block);
            }
        });
        using var source = new UserspaceWireGuardSource("wg0", server.Path);

        TunStatsException error = Assert.Throws<TunStatsException>(() => source.Read());

        Assert.Equal(ErrorKind.InvalidPeerReply, error.Kind);
        Assert.Contains("longer than 4096 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhereNothingListensThereIsNoLayer()
    {
        using UnixServer server = Serve("errno=0\n\n");
        string stale = server.Path;
        using var gone = new UserspaceWireGuardSource("wg0", stale + ".none");
        Assert.Null(gone.Read());

        server.StopListening();
        File.WriteAllText(stale, "");
        using var source = new UserspaceWireGuardSource("wg0", stale);
        Assert.Null(source.Read());
    }

    [Fact]
    public void NoAnswerIsAnErrorAfterTheTimeLimit()
    {
        using var server = new UnixServer((_, _, ended) => ended.WaitHandle.WaitOne());
        using var source = new UserspaceWireGuardSource("wg0", server.Path)
        {
            Timeout = TimeSpan.FromMilliseconds(50),
        };

        TunStatsException error = Assert.Throws<TunStatsException>(() => source.Read());

        Assert.Equal(ErrorKind.PeersTimeout, error.Kind);
        Assert.Contains("within 0.05 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AWaitCanBeCancelled()
    {
        using var asked = new ManualResetEventSlim();
        using var server = new UnixServer((_, _, ended) =>
        {
            asked.Set();
            ended.WaitHandle.WaitOne();
        });
        using var source = new UserspaceWireGuardSource("wg0", server.Path);
        using var stop = new CancellationTokenSource();
        var canceller = new Thread(() =>
        {
            asked.Wait();
            stop.Cancel();
        });
        canceller.Start();

        Assert.Throws<OperationCanceledException>(() => source.Read(stop.Token));
        canceller.Join();
    }

    [Fact]
    public void APathThatFitsNoSocketIsAnError()
    {
        using var source = new UserspaceWireGuardSource("wg0", "/" + new string('x', 200));

        TunStatsException error = Assert.Throws<TunStatsException>(() => source.Read());

        Assert.Contains("at most 107 bytes", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Answers come in pieces of any size.</summary>
    [Fact]
    public void PiecesOfAnAnswerAreJoined()
    {
        List<string> lines = [];
        for (int i = 0; i < 300; i++)
        {
            lines.Add($"public_key={i:x64}\nrx_bytes={i}\nallowed_ip=10.0.{i / 250}.{i % 250}/32");
        }

        byte[] reply = Encoding.ASCII.GetBytes(string.Join('\n', lines) + "\nerrno=0\n\n");
        var random = new Random(5);
        using var server = new UnixServer((_, stream, _) =>
        {
            for (int sent = 0; sent < reply.Length;)
            {
                int piece = Math.Min(random.Next(1, 700), reply.Length - sent);
                stream.Write(reply, sent, piece);
                sent += piece;
            }
        });
        using var source = new UserspaceWireGuardSource("wg0", server.Path);

        IReadOnlyList<TunPeer> peers = source.Read()!.Peers;

        Assert.Equal(Enumerable.Range(0, 300).Select(i => (ulong)i), peers.Select(peer => peer.RxBytes));
        Assert.Equal("10.0.1.49/32", peers[299].AllowedPrefixes);
    }

    private static UnixServer Serve(string reply) =>
        new((_, stream, _) => stream.Write(Encoding.ASCII.GetBytes(reply)));
}
