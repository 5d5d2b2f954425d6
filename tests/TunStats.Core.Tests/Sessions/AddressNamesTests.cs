using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Sessions;
using TunStats.Tests.Fakes;
using TunStats.Tests.Peers;
using Xunit;

namespace TunStats.Tests.Sessions;

/// <summary>Names of connections' ends in sessions over capture files.</summary>
public sealed class AddressNamesTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-names-");
    private readonly TailscaleServer _server = new();
    private readonly FlowRecordingSink _sink = new();
    private readonly ConcurrentQueue<string> _asked = new();

    private string Hosts => Path.Combine(_folder.FullName, "hosts");

    public void Dispose()
    {
        _server.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void PeersComeBeforeTheHostsFileAndThatBeforeDns()
    {
        File.WriteAllText(
            Hosts,
            "# all\n100.64.0.2 wrong\n192.0.2.7\tprinter.lan  printer # a comment\n192.0.2.7 later\nno\n192.0.2.8\n");
        _server.Status = TailscaleServer.Recorded("status-a-after.json");

        TupleCounts[] flows = Run(
            new FlowNameOptions { UsesDns = true, Lookup = Look },
            ("100.64.0.1:1000", "100.64.0.2:1"),
            ("100.64.0.1:1001", "192.0.2.7:2"),
            ("100.64.0.1:1002", "192.0.2.9:3"),
            ("100.64.0.1:1003", "192.0.2.10:4"));

        Assert.All(flows, flow => Assert.Equal("tslab-a.lab.ts.net", flow.SrcName));
        Assert.Equal(
            ["tslab-b.lab.ts.net", "printer.lan", "dns-9.example", null],
            flows.OrderBy(flow => flow.DestinationPort).Select(flow => flow.DstName));
        Assert.Equal(["192.0.2.10", "192.0.2.9"], _asked.Order());

        string? Look(IpAddr address)
        {
            _asked.Enqueue(address.ToString());
            return address == IpAddr.Parse("192.0.2.9") ? "dns-9.example" : null;
        }
    }

    [Fact]
    public void DnsIsNotAskedWhereNobodySaidSo()
    {
        TupleCounts flow = Assert.Single(Run(
            new FlowNameOptions { Lookup = _ => throw new InvalidOperationException("asked") },
            ("192.0.2.1:1", "192.0.2.9:3")));

        Assert.Equal((null, null), (flow.SrcName, flow.DstName));
    }

    /// <summary>What others chose as their name commands no terminal and takes no screen.</summary>
    [Fact]
    public void HostileNamesAreEscapedAndCut()
    {
        File.WriteAllText(Hosts, $"192.0.2.7 a\u001b[2J\u202eb\n192.0.2.8 {new string('n', 100_000)}\n");

        TupleCounts[] flows = Run(
            new FlowNameOptions { UsesDns = true, Lookup = _ => "x\r\n\u0007" + new string('y', 10_000) },
            ("192.0.2.7:1", "192.0.2.9:1"),
            ("192.0.2.8:1", "192.0.2.9:2"));

        flows = [.. flows.OrderBy(flow => flow.Src, StringComparer.Ordinal)];
        Assert.Equal(@"a\x1b[2J\u202eb", flows[0].SrcName);
        Assert.Equal(new string('n', 255) + "…", flows[1].SrcName);
        Assert.StartsWith(@"x\x0d\x0a\x07yyy", flows[0].DstName, StringComparison.Ordinal);
        Assert.InRange(flows[0].DstName!.Length, 255, 300);
    }

    /// <summary>A resolver that does not answer costs the limit once, and names come when they come.</summary>
    [Fact]
    public void AResolverThatHangsDoesNotHoldUpTheWindows()
    {
        using var answer = new ManualResetEventSlim();
        using var names = new DnsNames(
            address =>
            {
                answer.Wait(Deadline);
                return $"n{address}";
            },
            TimeProvider.System);
        IpAddr one = IpAddr.Parse("192.0.2.1");

        Assert.Null(names.FindOrAsk(one));
        names.Wait(TimeSpan.FromMilliseconds(20));
        Assert.Null(names.Find(one));
        answer.Set();
        names.Wait(Deadline);
        Assert.Equal("n192.0.2.1", names.Find(one));
    }

    [Fact]
    public void AnswersAreKeptAndAskedForAgainLater()
    {
        var clock = new ManualTimeProvider();
        int asked = 0;
        string? name = null;
        using var names = new DnsNames(
            _ =>
            {
                Interlocked.Increment(ref asked);
                return name;
            },
            clock);
        Ask(0);
        Ask(59);
        Assert.Equal(1, asked);
        name = "later";
        Ask(1);
        Assert.Equal(2, asked);
        Ask(599);
        Assert.Equal(2, asked);
        name = null;
        Ask(1);
        Assert.Equal((3, null), (asked, names.Find(IpAddr.Parse("192.0.2.1"))));

        void Ask(int after)
        {
            clock.Advance(TimeSpan.FromSeconds(after));
            names.FindOrAsk(IpAddr.Parse("192.0.2.1"));
            names.Wait(Deadline);
        }
    }

    /// <summary>A scan of addresses neither floods the resolver nor fills the memory.</summary>
    [Fact]
    public void QuestionsAreBounded()
    {
        using var answer = new ManualResetEventSlim();
        int asked = 0;
        using var names = new DnsNames(
            _ =>
            {
                Interlocked.Increment(ref asked);
                answer.Wait(Deadline);
                return null;
            },
            TimeProvider.System);
        for (uint i = 0; i < 100_000; i++)
        {
            names.FindOrAsk(IpAddr.FromIPv4(i));
        }

        answer.Set();
        names.Wait(Deadline);
        Assert.Equal(DnsNames.MaxPending, asked);
    }

    [Fact]
    public void TheHostsFileIsReadAgainWhenItChanges()
    {
        var hosts = new HostsFile(Hosts);
        IpAddr address = IpAddr.Parse("fd00::1");
        hosts.Refresh();
        Assert.Null(hosts.Find(address));
        File.WriteAllText(Hosts, "fd00::1 one\n");
        hosts.Refresh();
        Assert.Equal("one", hosts.Find(address));
        File.WriteAllText(Hosts, "fd00::1 another\n");
        hosts.Refresh();
        Assert.Equal("another", hosts.Find(address));
        File.Delete(Hosts);
        hosts.Refresh();
        Assert.Null(hosts.Find(address));
    }

    /// <summary>The system's resolver reads /etc/hosts, too.</summary>
    [Fact]
    public void TheSystemKnowsThisHost() =>
        Assert.Equal("localhost", DnsNames.AskSystem(IpAddr.Parse("127.0.0.1")));

    private TupleCounts[] Run(FlowNameOptions names, params (string Source, string Destination)[] packets)
    {
        string capture = Path.Combine(_folder.FullName, "capture.pcap");
        File.WriteAllBytes(
            capture,
            CaptureBytes.Pcap(101, packets.Select(packet => CaptureBytes.Udp(packet.Source, packet.Destination))));
        var options = new FlowSessionOptions
        {
            Inputs = [new FlowInput(FlowInputKind.File, capture)],
            Names = names with { HostsPath = Hosts, DnsLimit = Deadline },
            PeerDevices = () =>
            {
                var devices = new FakePeerDevices(_ => _server.Open());
                devices.Add("tailscale0", 2);
                return devices;
            },
            LocalAddresses = [.. packets.Select(packet => AddrPort.Parse(packet.Source).Address)],
        };
        using FlowSession session = FlowSession.Open(options, _sink);
        session.Run();
        Assert.Empty(_sink.Errors);
        return [.. _sink.Flows];
    }
}
