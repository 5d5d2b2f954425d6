using System;
using System.Linq;
using System.Net;
using System.Threading;
using TunStats.Export;
using TunStats.NetLog;
using TunStats.Tests.Fakes;
using TunStats.Tests.NetLog;
using Xunit;
using static TunStats.Tests.Export.IpfixMessages;

namespace TunStats.Tests.Export;

public sealed class IpfixExporterTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly IpfixStatistics _statistics = new();
    private readonly Recorder _sent = new();

    [Fact]
    public void FirstMessageIsAsTheRfcHasIt()
    {
        Export(Options() with { EnterpriseNumber = 0 }, new NetLogMessage
        {
            StartTime = Start,
            EndTime = End,
            VirtualTraffic = new[] { Entry(6, "10.0.0.1:258", "192.0.2.1:443", 3, 1234, 0, 0) },
        });

        // 2026-01-02T03:04:05Z; sequence 0; domain 77.
        byte[] header = Convert.FromHexString("000a" + "00fc" + "695735a5" + "00000000" + "0000004d");
        byte[] templates = Convert.FromHexString(
            "0002" + "0064"
            + "0100" + "000b" + "00080004" + "000c0004" + "00070002" + "000b0002" + "00040001" + "003d0001"
            + "00980008" + "00990008" + "00010008" + "00020008" + "0052ffff"
            + "0101" + "000b" + "001b0010" + "001c0010" + "00070002" + "000b0002" + "00040001" + "003d0001"
            + "00980008" + "00990008" + "00010008" + "00020008" + "0052ffff");
        byte[] options = Convert.FromHexString(
            "0003" + "001a"
            + "0104" + "0004" + "0001" + "00950004" + "00290008" + "002a0008" + "00280008"
            + "0003" + "001a"
            + "0105" + "0004" + "0001" + "00900004" + "00a60008" + "00a70008" + "00a80008");
        byte[] statistics = Convert.FromHexString(
            "0104" + "0020" + "0000004d" + new string('0', 48)
            + "0105" + "0020" + Environment.ProcessId.ToString("x8", null) + new string('0', 48));
        byte[] flow = Convert.FromHexString(
            "0100" + "0037" + "0a000001" + "c0000201" + "0102" + "01bb" + "06" + "01"
            + "0000019b7ca9797d" + "0000019b7ca98d05" + "00000000000004d2" + "0000000000000003" + "0474756e30");
        byte[] expected = [.. header, .. options, .. templates, .. statistics, .. flow];
        (expected[2], expected[3]) = ((byte)(expected.Length >> 8), (byte)expected.Length);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Assert.Single(_sent.Messages)));
    }

    [Fact]
    public void EveryClassDirectionAndNameArrives()
    {
        Export(Options(), Sample());
        IpfixDecoder decoder = _sent.Decode();
        Assert.Equal(Expected(Sample()), decoder.Flows.Select(r => r.Flow));
        const uint Own = IpfixOptions.DocumentationEnterprise;
        Assert.Equal(
            ["virtual", "virtual", "virtual", "subnet", "exit", "exit", "physical", "physical"],
            decoder.Flows.Select(r => (string)r[1, Own]!));
        Assert.Equal(
            [
                "self.example>peer.example", "peer.example>self.example", "self.example>p\u00e9\u00e9r",
                ">self.example", "self.example>", ">self.example", "peer.example>", ">peer.example",
            ],
            decoder.Flows.Select(r => $"{r[2, Own]}>{r[3, Own]}"));
        Assert.Equal([1, 0, 1, 0, 1, 0, 1, 0], decoder.Flows.Select(r => (int)(byte)r[61]!));
        Assert.All(decoder.Flows, r => Assert.Equal("tun0", r[82]));
        ulong start = (ulong)new DateTimeOffset(Start.ToDateTime()).ToUnixTimeMilliseconds();
        Assert.All(decoder.Flows, r => Assert.Equal((start, start + 5000), ((ulong)r[152]!, (ulong)r[153]!)));
        Assert.All(decoder.Headers, h => Assert.Equal(77u, h.Domain));
    }

    [Fact]
    public void RandomMessagesArriveWhole()
    {
        var random = new Random(5);
        var expected = new System.Collections.Generic.List<string>();
        IpfixExporter exporter = Exporter(Options() with { MaxMessageBytes = 1000 });
        for (int i = 0; i < 500; i++)
        {
            NetLogMessage message = RandomMessages.Next(random);
            exporter.Write(message, default);
            expected.AddRange(Expected(message));
        }

        exporter.Flush(default);
        IpfixDecoder decoder = _sent.Decode();
        Assert.Equal(expected.Count, decoder.Flows.Count());
        Assert.Equal(
            expected.Select(e => e.Split(' ')[^2..]), decoder.Flows.Select(r => r.Flow.Split(' ')[^2..]));
        Assert.Equal(expected.Count, _statistics.Flows);
        Assert.Equal(_sent.Messages.Count, _statistics.Messages);
        Assert.Equal(_sent.Messages.Sum(m => m.Length), _statistics.Octets);
    }

    [Theory]
    [InlineData("", "", "0.0.0.0", "0.0.0.0")]
    [InlineData("10.0.0.1:1", "", "10.0.0.1", "0.0.0.0")]
    [InlineData("", "[fd00::1]:0", "::", "fd00::1")]
    [InlineData("100.64.0.2:0", "[2001:db8::1]:41641", "::ffff:100.64.0.2", "2001:db8::1")]
    [InlineData("[::ffff:1.2.3.4]:1", "[fe80::1%eth0]:2", "::ffff:1.2.3.4", "fe80::1")]
    public void MissingAndMixedAddressesKeepTheirMeaning(string source, string destination, string from, string to)
    {
        Export(Options(), new NetLogMessage { ExitTraffic = new[] { Entry(0, source, destination, 1, 2, 0, 0) } });
        IpfixDecoder.Record record = Assert.Single(_sent.Decode().Flows);
        Assert.Equal(IPAddress.Parse(from), record[8] ?? record[27]);
        Assert.Equal(IPAddress.Parse(to), record[12] ?? record[28]);
    }

    [Fact]
    public void MessagesStayBelowTheLimitAndAreUsedWell()
    {
        Export(Options(), Many(10_000));
        Assert.All(_sent.Messages, m => Assert.InRange(m.Length, 1, 1400));
        Assert.True(_sent.Messages.Count(m => m.Length < 1300) < _sent.Messages.Count / 20);
        Assert.Equal(Expected(Many(10_000)), _sent.Decode().Flows.Select(r => r.Flow));
    }

    [Fact]
    public void LongNamesAreCutBetweenCharacters()
    {
        string name = new('\u20ac', 300);
        Export(Options() with { MaxMessageBytes = IpfixOptions.MinMessageBytes }, new NetLogMessage
        {
            SrcNode = Node(name, "fd00::1"),
            DstNodes = [Node(name, "fd00::2")],
            VirtualTraffic = new[] { Entry(6, "[fd00::1]:1", "[fd00::2]:2", 1, 2, 3, 4) },
        });
        Assert.Equal(
            [new string('\u20ac', 84), new string('\u20ac', 84)],
            _sent.Decode().Flows.Select(r => r[2, IpfixOptions.DocumentationEnterprise]));
    }

    [Fact]
    public void TemplatesBeforeEveryMessageLeaveRoomForTheLongestRecord()
    {
        string name = new('n', 300);
        IpfixExporter exporter = Exporter(
            Options() with { MaxMessageBytes = IpfixOptions.MinMessageBytes, TemplateMessages = 1 });
        NetLogMessage message = new()
        {
            SrcNode = Node(name, "fd00::1"),
            DstNodes = [Node(name, "fd00::2")],
            VirtualTraffic = new[] { Entry(6, "[fd00::1]:1", "[fd00::2]:2", 1, 2, 3, 4) },
        };
        exporter.Write(message, default);
        exporter.Write(message, default);
        exporter.Flush(default);
        Assert.Equal(Expected(message).Concat(Expected(message)), _sent.Decode().Flows.Select(r => r.Flow));
    }

    [Fact]
    public void UdpRepeatsTemplatesByTimeAndByCount()
    {
        IpfixExporter exporter = Exporter(Options() with { TemplateMessages = 10 });
        Send(exporter, 10);
        Assert.Equal(1, _sent.Decode().TemplateSets);
        Send(exporter, 1);
        Assert.Equal(2, _sent.Decode().TemplateSets);
        _clock.Advance(TimeSpan.FromSeconds(59));
        Send(exporter, 1);
        Assert.Equal(2, _sent.Decode().TemplateSets);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Send(exporter, 1);
        IpfixDecoder decoder = _sent.Decode();
        Assert.Equal(3, decoder.TemplateSets);
        Assert.Equal(3, decoder.Records.Count(r => r.Set == IpfixTemplates.ExportStatistics));
    }

    [Fact]
    public void TcpSendsTemplatesOncePerConnectionAndStatisticsByTime()
    {
        var stream = new Recorder(isLossy: false);
        IpfixExporter exporter = Exporter(Options("tcp://127.0.0.1") with { TemplateMessages = 2 }, stream);
        Send(exporter, 50);
        _clock.Advance(TimeSpan.FromMinutes(2));
        Send(exporter, 1);
        IpfixDecoder decoder = stream.Decode();
        Assert.Equal(1, decoder.TemplateSets);
        Assert.Equal(2, decoder.Records.Count(r => r.Set == IpfixTemplates.ExportStatistics));

        var next = new Recorder(isLossy: false);
        exporter.Begin(next);
        Send(exporter, 1);
        decoder = next.Decode();
        Assert.Equal(1, decoder.TemplateSets);
        Assert.Equal(0u, decoder.Headers[0].Sequence);
    }

    [Fact]
    public void OptionRecordsCountWhatWasSentAndWhatWasNot()
    {
        IpfixExporter exporter = Exporter(Options());
        Send(exporter, 3);
        _statistics.CountNotSent(5, 50, 500);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Send(exporter, 1);
        IpfixDecoder decoder = _sent.Decode();
        IpfixDecoder.Record sent = decoder.Records.Last(r => r.Set == IpfixTemplates.ExportStatistics);
        Assert.Equal(
            (77u, 3UL, 3UL, (ulong)_sent.Messages.Take(3).Sum(m => m.Length)),
            ((uint)sent[149]!, (ulong)sent[41]!, (ulong)sent[42]!, (ulong)sent[40]!));
        IpfixDecoder.Record lost = decoder.Records.Last(r => r.Set == IpfixTemplates.ExportReliability);
        Assert.Equal(
            ((uint)Environment.ProcessId, 5UL, 50UL, 500UL),
            ((uint)lost[144]!, (ulong)lost[166]!, (ulong)lost[167]!, (ulong)lost[168]!));
    }

    [Fact]
    public void OwnElementsDescribeThemselves()
    {
        Export(Options() with { EnterpriseNumber = 4242 }, Sample());
        IpfixDecoder decoder = _sent.Decode();
        Assert.Equal(
            [
                (4242u, (ushort)1, (byte)13, "tunstatsClass"),
                (4242u, (ushort)2, (byte)13, "tunstatsSourceNode"),
                (4242u, (ushort)3, (byte)13, "tunstatsDestinationNode"),
            ],
            decoder.Records.Where(r => r.Set == IpfixTemplates.ElementDescription)
                .Select(r => ((uint)r[346]!, (ushort)r[303]!, (byte)r[339]!, (string)r[341]!)));
        Assert.Equal("virtual", decoder.Flows.First()[1, 4242]);
    }

    [Fact]
    public void WithoutAnEnterpriseNumberOnlyStandardElementsAreSent()
    {
        Export(Options() with { EnterpriseNumber = 0 }, Sample());
        IpfixDecoder decoder = _sent.Decode();
        Assert.All(decoder.Templates.Values.SelectMany(fields => fields), f => Assert.Equal(0u, f.Enterprise));
        Assert.Equal(Expected(Sample()), decoder.Flows.Select(r => r.Flow));
    }

    [Fact]
    public void NamesOfOneMessageDoNotReachTheNext()
    {
        Export(Options(), Sample(), Sample(withNodes: false));
        Assert.Equal(8, _sent.Decode().Records.Count(r => r.Set is IpfixTemplates.FlowIPv4 or IpfixTemplates.FlowIPv6));
    }

    [Fact]
    public void DomainIsStableAndDiffersByTunnelAndHost()
    {
        Assert.Equal(IpfixExporter.DomainOf("host", "tun0"), IpfixExporter.DomainOf("host", "tun0"));
        Assert.Equal(
            3,
            new[] { ("host", "tun0"), ("host", "tun1"), ("other", "tun0") }
                .Select(p => IpfixExporter.DomainOf(p.Item1, p.Item2)).Distinct().Count());
    }

    [Fact]
    public void EncodingAllocatesNothing()
    {
        IpfixExporter exporter = Exporter(Options());
        NetLogMessage plain = Many(2000), named = Sample();
        _sent.Keeps = false;
        Assert.Equal(0, Allocation.Least(() => exporter.Write(plain, default)));
        Assert.Equal(0, Allocation.Least(() => exporter.Write(named, default)));
    }

    private void Export(IpfixOptions options, params NetLogMessage[] messages)
    {
        IpfixExporter exporter = Exporter(options);
        foreach (NetLogMessage message in messages)
        {
            exporter.Write(message, CancellationToken.None);
        }

        exporter.Flush(CancellationToken.None);
    }

    private IpfixExporter Exporter(IpfixOptions options, Recorder? connection = null)
    {
        var exporter = new IpfixExporter(options, _statistics, _clock);
        exporter.Begin(connection ?? _sent);
        return exporter;
    }

    private static void Send(IpfixExporter exporter, int messages)
    {
        for (int i = 0; i < messages; i++)
        {
            exporter.Write(Many(1), CancellationToken.None);
            exporter.Flush(CancellationToken.None);
        }
    }
}
