using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.NetLog;

/// <summary>What is written is what is read, by ours, by another writer, and by jq.</summary>
public sealed class NetLogRoundTripTests
{
    private static readonly JsonSerializerOptions Compact = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.Default,
    };

    private static readonly JsonSerializerOptions Pretty = new(Compact) { WriteIndented = true };

    [Fact]
    public void RandomMessagesComeBackAsTheyWere()
    {
        Random random = new(11);
        NetLogMessage[] messages = [.. Enumerable.Range(0, 3000).Select(_ => RandomMessages.Next(random))];
        ArrayBufferWriter<byte> output = new();
        foreach (NetLogMessage message in messages)
        {
            NetLogJsonWriter.Write(output, message, NetLogSchema.V2);
        }

        using NetLogReader reader = new(new MemoryStream(output.WrittenSpan.ToArray()), "x");
        Assert.Equal(messages.Select(NetLogVectors.Describe), reader.ReadAll().Select(NetLogVectors.Describe));
    }

    [Fact]
    public void TheFirstSchemaKeepsItsMembers()
    {
        Random random = new(12);
        for (int i = 0; i < 500; i++)
        {
            NetLogMessage message = RandomMessages.Next(random);
            string json = NetLogVectors.Json(message, NetLogSchema.V1);
            NetLogMessage read = Assert.Single(NetLogReaderTests.Messages(json));
            Assert.Equal(json, NetLogVectors.Json(read, NetLogSchema.V1));
            Assert.Equal(
                (message.StartTime, message.EndTime, message.EntryCount),
                (read.StartTime, read.EndTime, read.EntryCount));
        }
    }

    [Fact]
    public void AnotherWriterIsReadAndAnotherReaderReadsOurs()
    {
        Random random = new(13);
        for (int i = 0; i < 1000; i++)
        {
            NetLogMessage message = RandomMessages.Next(random);
            string theirs = JsonSerializer.Serialize(MessageDto.From(message), i % 2 == 0 ? Compact : Pretty);
            Assert.Equal(
                NetLogVectors.Describe(message),
                NetLogVectors.Describe(Assert.Single(NetLogReaderTests.Messages(theirs))));
            MessageDto? ours = JsonSerializer.Deserialize<MessageDto>(NetLogVectors.Json(message, NetLogSchema.V2));
            Assert.Equal(JsonSerializer.Serialize(MessageDto.From(message)), JsonSerializer.Serialize(ours));
        }
    }

    [ProgramFact("jq")]
    public void JqAgreesOnTheTotals()
    {
        Random random = new(14);
        NetLogMessage[] messages = [.. Enumerable.Range(0, 200).Select(_ => RandomMessages.Next(random))];
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(path, messages.Select(m => NetLogVectors.Json(m, NetLogSchema.V2)));

            const string Program = "[.virtualTraffic, .subnetTraffic, .exitTraffic, .physicalTraffic][] "
                + "| select(. != null)[] | [.src, .dst, (.proto // 0 | tostring)] | join(\" \") | @base64";
            string[] theirs = [.. Run("jq", "-r", Program, path)
                .Select(line => Encoding.UTF8.GetString(Convert.FromBase64String(line)))];
            ConnectionCounts[] entries = [.. messages.SelectMany(m => NetLogMessage.Classes.SelectMany(m.Traffic))];
            Assert.Equal(entries.Select(e => $"{e.Src} {e.Dst} {e.ProtoNumber}"), theirs);

            // Below 2^53 it adds up by itself.
            NetLogMessage[] small = [.. messages.Select(m => new NetLogMessage
            {
                ExitTraffic = [.. m.ExitTraffic.Concat(m.PhysicalTraffic).Select(e => e with
                {
                    Counts = new FlowCounts(e.Counts.TxPackets >> 30, e.Counts.TxBytes >> 30, 0, 7),
                })],
            })];
            File.WriteAllLines(path, small.Select(m => NetLogVectors.Json(m, NetLogSchema.V2)));
            using NetLogReader reader = NetLogReader.Open(path);
            TupleCounts[] flows = [.. reader.ReadFlows()];
            BigInteger sum = flows.Aggregate(BigInteger.Zero, (s, f) => s + f.TxBytes);
            string total = Assert.Single(
                Run("jq", "-n", "[inputs | .exitTraffic[] | .txBytes // 0] | add | tostring", "-r", path));
            Assert.Equal(sum.ToString(CultureInfo.InvariantCulture), total);
            Assert.Equal(flows.Length.ToString(CultureInfo.InvariantCulture), Assert.Single(
                Run("jq", "-n", "[inputs | .exitTraffic[] | select(.rxBytes == 7)] | length", path)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void ReadingAllocatesNothingBeyondWhatItHandsOut()
    {
        ConnectionCounts[] entries = [.. RandomMessages.Entries(new Random(15), 2000)
            .Where(e => e.SrcEndpoint.Address.Zone.Length + e.DstEndpoint.Address.Zone.Length == 0)];
        NetLogMessage message = new() { VirtualTraffic = entries, PhysicalTraffic = entries };
        byte[] json = Encoding.UTF8.GetBytes(NetLogVectors.Json(message, NetLogSchema.V2) + "\n");
        RepeatingStream stream = new(json);
        using NetLogReader reader = new(stream, "x");
        Assert.Equal(entries.Length * 2, reader.Read()!.EntryCount);
        Assert.NotNull(reader.Read());
        long handedOut = 2L * entries.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<ConnectionCounts>();
        long allocated = Allocation.Least(() => reader.Read()) - handedOut;
        Assert.InRange(allocated, 0, 512);
    }

    private static string[] Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.TrimEnd('\n').Split('\n');
    }

    /// <summary>The same bytes over and over.</summary>
    private sealed class RepeatingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            Position = Position == Length ? 0 : Position;
            return base.Read(buffer, offset, count);
        }
    }

    private sealed class EntryDto
    {
        [JsonPropertyName("proto")]
        public byte Proto { get; set; }

        [JsonPropertyName("src")]
        public string? Src { get; set; }

        [JsonPropertyName("dst")]
        public string? Dst { get; set; }

        [JsonPropertyName("txPkts")]
        public ulong TxPackets { get; set; }

        [JsonPropertyName("txBytes")]
        public ulong TxBytes { get; set; }

        [JsonPropertyName("rxPkts")]
        public ulong RxPackets { get; set; }

        [JsonPropertyName("rxBytes")]
        public ulong RxBytes { get; set; }

        public static EntryDto[]? From(IReadOnlyList<ConnectionCounts> entries) => entries.Count == 0 ? null :
        [
            .. entries.Select(e => new EntryDto
            {
                Proto = e.Protocol.Number,
                Src = e.Src.Length > 0 ? e.Src : null,
                Dst = e.Dst.Length > 0 ? e.Dst : null,
                TxPackets = e.Counts.TxPackets,
                TxBytes = e.Counts.TxBytes,
                RxPackets = e.Counts.RxPackets,
                RxBytes = e.Counts.RxBytes,
            }),
        ];
    }

    private sealed class NodeDto
    {
        [JsonPropertyName("tags")]
        public string[]? Tags { get; set; }

        [JsonPropertyName("nodeId")]
        public string NodeId { get; set; } = "";

        [JsonPropertyName("name")]
        public string? Name { get; set; }

        [JsonPropertyName("addresses")]
        public string[]? Addresses { get; set; }

        [JsonPropertyName("os")]
        public string? OS { get; set; }

        [JsonPropertyName("user")]
        public string? User { get; set; }

        public static NodeDto? From(NetLogNode? node) => node is null ? null : new NodeDto
        {
            NodeId = node.NodeId,
            Name = NullIfEmpty(node.Name),
            Addresses = node.Addresses.Count == 0 ? null : [.. node.Addresses],
            OS = NullIfEmpty(node.OS),
            User = NullIfEmpty(node.User),
            Tags = node.Tags.Count == 0 ? null : [.. node.Tags],
        };

        private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
    }

    private sealed class MessageDto
    {
        [JsonPropertyName("physicalTraffic")]
        public EntryDto[]? Physical { get; set; }

        [JsonPropertyName("dstNodes")]
        public NodeDto[]? DstNodes { get; set; }

        [JsonPropertyName("virtualTraffic")]
        public EntryDto[]? Virtual { get; set; }

        [JsonPropertyName("end")]
        public string End { get; set; } = "";

        [JsonPropertyName("start")]
        public string Start { get; set; } = "";

        [JsonPropertyName("nodeId")]
        public string NodeId { get; set; } = "";

        [JsonPropertyName("srcNode")]
        public NodeDto? SrcNode { get; set; }

        [JsonPropertyName("subnetTraffic")]
        public EntryDto[]? Subnet { get; set; }

        [JsonPropertyName("exitTraffic")]
        public EntryDto[]? Exit { get; set; }

        public static MessageDto From(NetLogMessage message) => new()
        {
            NodeId = message.NodeId,
            Start = message.StartTime.ToString(),
            End = message.EndTime.ToString(),
            SrcNode = NodeDto.From(message.SrcNode),
            DstNodes = message.DstNodes.Count == 0 ? null : [.. message.DstNodes.Select(n => NodeDto.From(n)!)],
            Virtual = EntryDto.From(message.VirtualTraffic),
            Subnet = EntryDto.From(message.SubnetTraffic),
            Exit = EntryDto.From(message.ExitTraffic),
            Physical = EntryDto.From(message.PhysicalTraffic),
        };
    }
}
