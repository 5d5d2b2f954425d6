using System;
using System.Buffers;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.NetLog;

public sealed class NetLogJsonWriterTests
{
    private static readonly JsonElement File = VectorFile.Read("netlog_json_golden.json");

    public static TheoryData<string> Names() =>
        new(File.GetProperty("messages").EnumerateArray().Select(row => row.GetProperty("name").GetString()!));

    [Theory]
    [MemberData(nameof(Names))]
    public void MessagesAndEntriesAreTheGoldenTexts(string name)
    {
        JsonElement row = File.GetProperty("messages").EnumerateArray()
            .Single(row => row.GetProperty("name").GetString() == name);
        JsonElement value = row.GetProperty("value");
        string golden = row.GetProperty("json").GetString()!;
        string json;
        if (value.ValueKind == JsonValueKind.Array)
        {
            ConnectionCounts entry = NetLogVectors.Entry(value);
            json = Entry(entry, NetLogSchema.V2);
            Assert.Equal(golden.Length, NetLogJsonWriter.Measure(entry, NetLogSchema.V2));
        }
        else if (value.TryGetProperty("proto", out JsonElement proto))
        {
            json = Entry(
                new ConnectionCounts(
                    proto.GetByte(),
                    AddrPort.Parse(value.GetProperty("src").GetString()!),
                    AddrPort.Parse(value.GetProperty("dst").GetString()!),
                    default),
                NetLogSchema.V2);
        }
        else
        {
            NetLogMessage message = NetLogVectors.Message(value);
            json = NetLogVectors.Json(message, NetLogSchema.V2);
            Assert.Equal(golden.Length, NetLogJsonWriter.Measure(message, NetLogSchema.V2));
        }

        Assert.Equal(golden, json);
        Assert.Equal(row.GetProperty("bytes").GetInt32(), json.Length);
    }

    [Fact]
    public void TheSeedsMessageIsItsGoldenText()
    {
        string golden = File.GetProperty("seed2022").GetProperty("json").GetString()!;
        NetLogMessage message = new()
        {
            StartTime = NanoTime.Parse("2022-10-13T20:23:05.165Z"),
            EndTime = NanoTime.Parse("2022-10-13T20:23:10.165Z"),
            NodeId = "not written",
            SrcNode = new NetLogNode { NodeId = "not written" },
            VirtualTraffic =
            [
                new(
                    6,
                    AddrPort.Parse("100.109.51.95:22"),
                    AddrPort.Parse("100.85.80.41:42912"),
                    new(80, 8140, 52, 5044)),
            ],
            ExitTraffic = [new(0, default, default, new(1, 60, 0, 0))],
            PhysicalTraffic =
            [
                new(
                    0,
                    AddrPort.Parse("100.85.80.41:0"),
                    AddrPort.Parse("192.168.0.101:41641"),
                    new(80, 11440, 52, 7168)),
            ],
        };
        Assert.Equal(golden, NetLogVectors.Json(message, NetLogSchema.V1));
    }

    [Fact]
    public void NodesAreTheGoldenTexts()
    {
        foreach (JsonElement row in File.GetProperty("nodes").EnumerateArray())
        {
            JsonElement from = row.GetProperty("in");
            JsonElement user = row.GetProperty("user");
            NetLogNode node = from.ValueKind == JsonValueKind.Null ? new NetLogNode() : NetLogVectors.Node(
                NetLogVectors.Text(from, "stableId"),
                NetLogVectors.Text(from, "name"),
                NetLogVectors.Texts(from, "addresses").Select(IpPrefix.Parse),
                NetLogVectors.Text(from, "os"),
                user.ValueKind == JsonValueKind.Null ? null : NetLogVectors.Text(user, "loginName"),
                NetLogVectors.Texts(from, "tags"));
            ArrayBufferWriter<byte> output = new();
            NetLogJsonWriter.Write(output, node);
            Assert.Equal(row.GetProperty("json").GetString(), Encoding.UTF8.GetString(output.WrittenSpan));
            Assert.Equal(output.WrittenCount, NetLogJsonWriter.Measure(node));
        }
    }

    [Fact]
    public void StringsAreQuotedAsTheVectorsSay()
    {
        foreach (JsonElement row in File.GetProperty("quotedLength").EnumerateArray())
        {
            string text = Encoding.UTF8.GetString(Convert.FromHexString(row.GetProperty("utf8Hex").GetString()!));
            byte[] buffer = new byte[JsonTextWriter.MaxLength(text)];
            int length = JsonTextWriter.Write(text, buffer);
            Assert.Equal(row.GetProperty("quotedBytes").GetInt32(), length);
            Assert.Equal(text, JsonSerializer.Deserialize<string>(buffer.AsSpan(0, length)));
        }

        byte[] quoted = new byte[64];
        int count = JsonTextWriter.Write("<a&b>\ud800\u007f\u2028\u001f\"", quoted);
        Assert.Equal("\"<a&b>\ufffd\u007f\u2028\\u001f\\\"\"", Encoding.UTF8.GetString(quoted, 0, count));
    }

    [Fact]
    public void NumbersOfEveryLengthAreWritten()
    {
        Random random = new(3);
        for (int i = 0; i < 20_000; i++)
        {
            ulong value = (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            Check(value);
        }

        ulong power = 1;
        for (int i = 0; i < 20; i++, power *= 10)
        {
            Check(power);
            Check(power - 1);
        }

        for (uint i = 0; i < 10_000; i++)
        {
            Check(i);
            Check(99_990_000 + i);
        }

        Check(ulong.MaxValue);

        static unsafe void Check(ulong value)
        {
            byte* buffer = stackalloc byte[32];
            int length = (int)(JsonDigits.Write(buffer, value) - buffer);
            Assert.Equal(value.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(buffer, length));
        }
    }

    [Fact]
    public void AddressesOfEveryOctetAndZonesAreWritten()
    {
        for (uint octet = 0; octet < 256; octet++)
        {
            AddrPort end = new(IpAddr.FromIPv4(octet * 0x01010101), (ushort)(octet * 257));
            Assert.Equal(
                $$"""{"proto":0,"src":"{{end}}","dst":""}""",
                Entry(new ConnectionCounts(0, end, default, default), NetLogSchema.V1));
        }

        ConnectionCounts zoned = new(
            0, AddrPort.Parse("[fe80::1%a\"b]:5"), default, new FlowCounts(0, 7, 0, 0));
        Assert.Equal("""{"src":"[fe80::1%a\"b]:5","txBytes":7}""", Entry(zoned, NetLogSchema.V2));
        Assert.Equal("""{"proto":0,"src":"[fe80::1%a\"b]:5","dst":"","txBytes":7}""", Entry(zoned, NetLogSchema.V1));
        Assert.Equal("""{"src":"[fe80::1%a\"b]:5"}""", Entry(zoned with { Counts = default }, NetLogSchema.V2));
        Assert.Equal(Entry(zoned, NetLogSchema.V1).Length, NetLogJsonWriter.Measure(zoned));
    }

    [Fact]
    public void ManyEntriesAreWrittenInPieces()
    {
        ConnectionCounts[] entries = RandomMessages.Entries(new Random(4), 2000);
        ArrayBufferWriter<byte> output = new();
        NetLogJsonWriter.WriteEntries(output, entries, NetLogSchema.V2);
        string joined = string.Join(',', entries.Select(entry => Entry(entry, NetLogSchema.V2)));
        Assert.Equal(joined, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void WritingAnEntryAllocatesNothing()
    {
        ConnectionCounts[] entries = [.. RandomMessages.Entries(new Random(5), 500)
            .Where(e => e.SrcEndpoint.Address.Zone.Length + e.DstEndpoint.Address.Zone.Length == 0)];
        ArrayBufferWriter<byte> output = new(1 << 20);
        NetLogJsonWriter.WriteEntries(output, entries);
        output.ResetWrittenCount();
        long before = GC.GetAllocatedBytesForCurrentThread();
        NetLogJsonWriter.WriteEntries(output, entries);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(output.WrittenCount > 10_000);
    }

    internal static string Entry(ConnectionCounts entry, NetLogSchema schema)
    {
        ArrayBufferWriter<byte> output = new();
        NetLogJsonWriter.WriteEntries(output, [entry], schema);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
