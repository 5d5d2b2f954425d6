using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using TunStats.Conntrack;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Lab;
using TunStats.Netlink;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>The kernel's own connection table, in a namespace with rules that need it.</summary>
public sealed class LiveConntrackTests
{
    private const string Rules = """
        table inet track {
            chain in {
                type filter hook input priority 0
                ct state invalid drop
            }
        }
        table ip turn {
            chain out {
                type nat hook output priority -100
                udp dport 7000 dnat to 127.0.0.1:7001
            }
        }
        """;

    [ConntrackFact]
    public void AccountingThatIsOffIsAnErrorUnlessItMayBeTurnedOn()
    {
        using var space = new PrivateNamespace();
        using NetworkNamespace there = space.Open();
        Switch(space, "nf_conntrack_acct", "0");

        TunStatsException error = Assert.Throws<TunStatsException>(() => ConntrackMonitor.Open(there));
        Assert.Equal(ErrorKind.ConntrackAccountingOff, error.Kind);
        Assert.Contains("sysctl -w net.netfilter.nf_conntrack_acct=1", error.Message, StringComparison.Ordinal);
        Assert.False(ConntrackAccounting.IsOn(there));

        using ConntrackMonitor monitor = ConntrackMonitor.Open(there, new ConntrackOptions { EnableAccounting = true });
        Assert.True(ConntrackAccounting.IsOn(there));
        Assert.Equal("1", space.Run(() => File.ReadAllText("/proc/sys/net/netfilter/nf_conntrack_acct")).Trim());
    }

    [ConntrackFact]
    public void TranslatedConnectionIsCountedUnderItsOriginalTuple()
    {
        using PrivateNamespace space = Prepare();
        using NetworkNamespace there = space.Open();
        using ConntrackMonitor monitor = ConntrackMonitor.Open(there);
        monitor.Start();

        string client = space.Run(() =>
        {
            using UdpClient server = new(new IPEndPoint(IPAddress.Loopback, 7001));
            using UdpClient sender = new(new IPEndPoint(IPAddress.Loopback, 0));
            var target = new IPEndPoint(IPAddress.Loopback, 7000);
            for (int i = 0; i < 3; i++)
            {
                sender.Send(new byte[100], target);
                IPEndPoint? from = null;
                Assert.Equal(100, server.Receive(ref from).Length);
                server.Send(new byte[50], from);
                Assert.Equal(50, sender.Receive(ref from).Length);
            }

            return sender.Client.LocalEndPoint!.ToString()!;
        });

        ConntrackWindow window = monitor.Collect(TimeSpan.Zero);
        TupleCounts flow = Assert.Single(window.Flows);
        Assert.Equal($"UDP {client} -> 127.0.0.1:7000 tx 3/384 rx 3/234", flow.ToString());
        Assert.Equal($"{client} -> 127.0.0.1:7001", flow.Nat!.ToString());
        Assert.Empty(monitor.Collect(TimeSpan.Zero).Flows);
        Assert.Equal(new FlowCounts(3, 384, 3, 234), Assert.Single(monitor.ReadTable().Flows).Counts);
    }

    [ConntrackFact]
    public void NoneOf100000ShortConnectionsBetweenTwoLooksIsMissed()
    {
        const int Connections = 100_000;
        using PrivateNamespace space = Prepare();
        using NetworkNamespace there = space.Open();
        using ConntrackMonitor monitor = ConntrackMonitor.Open(there);
        monitor.Start();

        space.Run(() =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Any, 0));
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            listener.Bind(new IPEndPoint(IPAddress.Any, 9));
            using var table = new NetlinkConnection(NetlinkSocket.Open(NetlinkConstants.NETLINK_NETFILTER));
            byte[] payload = new byte[32];
            for (int i = 0; i < Connections; i++)
            {
                // 127.a.b.c: another address, another connection.
                byte[] address = [127, 1, 0, 0];
                BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), (ushort)i);
                address[1] += (byte)(i >> 16);
                socket.SendTo(payload, new IPEndPoint(new IPAddress(address), 9));
                if (i % 20_000 == 19_999)
                {
                    Flush(table);
                }
            }
        });

        ConntrackWindow window = monitor.Collect(TimeSpan.Zero);
        Assert.Equal((0, 0, 0), (window.EventLosses, window.UnseenEnds, window.Uncounted));
        Assert.Equal(Connections, window.Flows.Count);
        Assert.All(window.Flows, flow => Assert.Equal(new FlowCounts(1, 60, 0, 0), flow.Counts));
        Assert.Equal(Connections, window.Flows.Select(f => f.DestinationAddress).Distinct().Count());
    }

    [ConntrackFact]
    public void WindowsAddUpToWhatWasSentWhereverTheyEnd()
    {
        const int Packets = 30_000;
        using PrivateNamespace space = Prepare();
        using NetworkNamespace there = space.Open();
        using ConntrackMonitor monitor = ConntrackMonitor.Open(there);
        monitor.Start();
        using var sent = new CancellationTokenSource();
        var sender = new Thread(() => space.Run(() =>
        {
            using var table = new NetlinkConnection(NetlinkSocket.Open(NetlinkConstants.NETLINK_NETFILTER));
            using UdpClient server = new(new IPEndPoint(IPAddress.Loopback, 7002));
            using UdpClient client = new(new IPEndPoint(IPAddress.Loopback, 0));
            var target = new IPEndPoint(IPAddress.Loopback, 7002);
            for (int i = 0; i < Packets; i++)
            {
                client.Send(new byte[10], target);
                if (i % 1000 == 999)
                {
                    // The connection ends and begins again under the same tuple.
                    Flush(table);
                }
            }

            sent.Cancel();
        }));
        sender.Start();

        List<ConntrackWindow> windows = [];
        while (!sent.IsCancellationRequested)
        {
            windows.Add(monitor.Collect(TimeSpan.FromMilliseconds(5), sent.Token));
        }

        sender.Join();
        windows.Add(monitor.Collect(TimeSpan.Zero));
        windows.Add(monitor.Collect(TimeSpan.Zero));
        Assert.Equal(0, windows.Sum(w => w.EventLosses + w.UnseenEnds));
        Assert.Equal(Packets, windows.SelectMany(w => w.Flows).Sum(f => (long)f.TxPackets));
        Assert.Equal(Packets * 38, windows.SelectMany(w => w.Flows).Sum(f => (long)f.TxBytes));
    }

    [ConntrackFact]
    public void EndIsReportedAlsoWhereTheKernelSendsNoEvents()
    {
        using PrivateNamespace space = Prepare();
        using NetworkNamespace there = space.Open();
        Switch(space, "nf_conntrack_events", "0");
        using UdpClient server = space.Run(() => new UdpClient(new IPEndPoint(IPAddress.Loopback, 7003)));
        using UdpClient client = space.Run(() => new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)));
        var target = new IPEndPoint(IPAddress.Loopback, 7003);
        client.Send(new byte[10], target);
        using ConntrackMonitor monitor = ConntrackMonitor.Open(there);
        monitor.Start();
        Assert.True(monitor.AreEventsOff);

        client.Send(new byte[10], target);
        Assert.Equal(1ul, Assert.Single(monitor.Collect(TimeSpan.Zero).Flows).TxPackets);
        client.Send(new byte[10], target);
        space.Run(() =>
        {
            using var table = new NetlinkConnection(NetlinkSocket.Open(NetlinkConstants.NETLINK_NETFILTER));
            Flush(table);
        });
        ConntrackWindow last = monitor.Collect(TimeSpan.Zero);
        Assert.Equal((0, 1), (last.Flows.Count, last.UnseenEnds));
        Switch(space, "nf_conntrack_events", "1");
        Assert.False(monitor.AreEventsOff);
    }

    private static PrivateNamespace Prepare()
    {
        var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        links.SetUp("lo");
        Switch(space, "nf_conntrack_acct", "1");
        (int code, string said) = space.Run(() => RunNft(Rules));
        Assert.True(code == 0, said);
        return space;
    }

    private static void Switch(PrivateNamespace space, string name, string value) =>
        space.Run(() => File.WriteAllText($"/proc/sys/net/netfilter/{name}", value));

    private static void Flush(NetlinkConnection table)
    {
        NetlinkRequest request = table.NewRequest(0x102, NetlinkConstants.NLM_F_ACK);
        request.Append(new nfgenmsg { nfgen_family = 2 });
        table.Acknowledge(request);
    }

    // A child lives in the namespace of the thread that starts it.
    private static (int Code, string Said) RunNft(string rules)
    {
        using Process process = Process.Start(new ProcessStartInfo("nft", ["-f", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Write(rules);
        process.StandardInput.Close();
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
