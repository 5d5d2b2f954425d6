using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.NetLog;

public sealed class NetLogReaderTests
{
    private const string Entry = """{"proto":6,"src":"1.2.3.4:5","dst":"[fd7a::1]:6","txPkts":1,"txBytes":2}""";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly JsonElement Golden = VectorFile.Read("netlog_json_golden.json");

    [Fact]
    public void GoldenMessagesAreReadAndWrittenAgain()
    {
        int messages = 0;
        foreach (JsonElement row in Golden.GetProperty("messages").EnumerateArray())
        {
            JsonElement value = row.GetProperty("value");
            string json = row.GetProperty("json").GetString()!;
            if (value.ValueKind == JsonValueKind.Array)
            {
                NetLogMessage one = Assert.Single(Messages($$"""{"exitTraffic":[{{json}}]}"""));
                Assert.Equal(NetLogVectors.Entry(value), Assert.Single(one.ExitTraffic));
                Assert.Equal(json, NetLogJsonWriterTests.Entry(one.ExitTraffic[0], NetLogSchema.V2));
            }
            else if (json.Contains("Traffic", StringComparison.Ordinal))
            {
                NetLogMessage message = Assert.Single(Messages(json));
                Assert.Equal(
                    NetLogVectors.Describe(NetLogVectors.Message(value)), NetLogVectors.Describe(message));
                Assert.Equal(json, NetLogVectors.Json(message, NetLogSchema.V2));
                messages++;
            }
            else if (value.TryGetProperty("start", out _))
            {
                // A message that has no traffic is skipped, and is not an error.
                Assert.Empty(Messages(json));
            }
        }

        Assert.Equal(4, messages);
        string seed = Golden.GetProperty("seed2022").GetProperty("json").GetString()!;
        Assert.Equal(seed, NetLogVectors.Json(Assert.Single(Messages(seed)), NetLogSchema.V1));
    }

    [Fact]
    public void GoldenNodesTimesAndAddressesAreRead()
    {
        foreach (JsonElement row in Golden.GetProperty("nodes").EnumerateArray())
        {
            string json = row.GetProperty("json").GetString()!;
            NetLogMessage message = Assert.Single(Messages($$"""{"exitTraffic":[],"srcNode":{{json}}}"""));
            Assert.Contains(json, NetLogVectors.Json(message, NetLogSchema.V2), StringComparison.Ordinal);
        }

        foreach (JsonElement row in Golden.GetProperty("times").EnumerateArray())
        {
            string text = row.GetProperty("text").GetString()!;
            NetLogMessage message = Assert.Single(Messages($$"""{"start":"{{text}}","exitTraffic":[]}"""));
            Assert.Equal(row.GetProperty("unixSeconds").GetInt64(), message.StartTime.UnixSeconds);
            Assert.Equal(row.GetProperty("nanos").GetInt32(), message.StartTime.Nanoseconds);
        }

        foreach (JsonElement row in Golden.GetProperty("ipText").EnumerateArray())
        {
            string text = row.GetProperty("withPort80").GetString()!;
            NetLogMessage message = Assert.Single(Messages($$"""{"exitTraffic":[{"src":"{{text}}"}]}"""));
            AddrPort want = new(new IpAddr(Convert.FromHexString(row.GetProperty("hex").GetString()!)), 80);
            Assert.Equal(want, message.ExitTraffic[0].SrcEndpoint);
        }
    }

    [Fact]
    public void MessagesAreFoundInEveryEnvelope()
    {
        string nested = VectorFile.Read("netlogfmt.json").GetProperty("nestedInputExample").GetProperty("json")
            .GetString()!;
        NetLogMessage[] both = Messages(nested);
        Assert.Equal(2, both.Length);
        Assert.Equal(("n1", 500ul), (both[0].NodeId, both[0].ExitTraffic[0].Counts.TxBytes));
        Assert.Equal("2022-10-13T20:23:10.165Z", both[0].LoggedTime.ToString());
        Assert.Equal(0, both[1].EntryCount);

        NetLogMessage tail = Assert.Single(Messages(
            """
            {"logtail":{"id":"abc","client_time":"x","proc":[1,{"a":null}],"server_time":"2024-01-02T03:04:05.6+01:00"},
             "v":1, "virtualTraffic" : [ ] }
            """));
        Assert.Equal(("abc", "2024-01-02T02:04:05.6Z"), (tail.LogId, tail.LoggedTime.ToString()));

        // What is inside comes before what is around it, and both are whole.
        NetLogMessage[] order = Messages(
            """{"nodeId":"outer","x":[{"y":{"nodeId":"inner","exitTraffic":[]}}],"exitTraffic":[{}],"z":"\u00e9\""}""");
        Assert.Equal(["inner", "outer"], order.Select(m => m.NodeId));
        Assert.Equal(1, order[1].EntryCount);
        Assert.Empty(Messages("""{"logs":[]} [] {"logtail":{},"text":"no traffic"}"""));
    }

    [Fact]
    public void NumbersOfTheLoggerAreReadFromTheEnvelopeAndForeignOnesAreNot()
    {
        NetLogMessage[] messages = Messages(
            """
            {"logger":"a\u0062","sequence":7,"logs":[{"exitTraffic":[]}, {"exitTraffic":[]}]}
            {"logger":"c","sequence":9,"time":"2026-01-02T03:04:05Z","gap":{"first":8,"last":9},"logs":[]}
            {"logger":{"name":"x","sequence":"y"},"sequence":-1.5e3,"logs":[{"exitTraffic":[],"logger":null}]}
            {"sequence":99999999999999999999,"logger":[],"logs":[{"exitTraffic":[]}]}
            {"exitTraffic":[]}
            {"LoggerId":"d","Sequence":3,"ExitTraffic":[]}
            """);
        Assert.Equal(
            [("ab", 7), ("ab", 7), ("", null), ("", null), ("", null), ("d", 3)],
            messages.Select(message => (message.LoggerId, message.Sequence)));
    }

    [Fact]
    public void NullsEscapesAndNamedProtocolsAreRead()
    {
        NetLogMessage message = Assert.Single(Messages(
            """
            {"nodeId":"a\"\\\/\b\f\n\r\t\u0001\ud83d\ude00\ud83dx\udc00","start":null,"srcNode":null,"logtail":null,
             "dstNodes":[{"nodeId":"b","tags":["\u00e9"],"extra":{"a":[1,[2,{}]]}},null],"virtualTraffic":null,
             "\u0065xitTraffic":[{"proto":"TCP","src":null,"txBytes":18446744073709551615,"x":[{},[],-1.5e+9,"s"]},
              {"proto":"17"},{}]}
            """));
        Assert.Equal("a\"\\/\b\f\n\r\t\u0001\ud83d\ude00\ufffdx\ufffd", message.NodeId);
        Assert.Equal(["b"], message.DstNodes.Select(n => n.NodeId));
        Assert.Equal(["\u00e9"], message.DstNodes[0].Tags);
        Assert.Equal([6, 17, 0], message.ExitTraffic.Select(e => e.ProtoNumber));
        Assert.Equal(ulong.MaxValue, message.ExitTraffic[0].Counts.TxBytes);
    }

    [Theory]
    [InlineData("one per line", "{0}\n{0}\n{0}\n")]
    [InlineData("carriage returns", "{0}\r\n{0}\r\n{0}")]
    [InlineData("concatenated", "{0}{0} {0}")]
    [InlineData("byte order marks", "\ufeff{0}\n\ufeff{0}{0}")]
    [InlineData("in a list", "[{0},\n{0},{0}]")]
    public void ManyMessagesAreReadHoweverTheyStand(string how, string format)
    {
        string one = $$"""{"nodeId":"n","exitTraffic":[{{Entry}},{{Entry}}]}""";
        string text = format.Replace("{0}", one, StringComparison.Ordinal);
        NetLogMessage[] messages = Messages(text);
        Assert.True(messages.Length == 3, how);
        Assert.All(messages, m => Assert.Equal(one, NetLogVectors.Json(m, NetLogSchema.V2).Replace(
            "\"start\":\"0001-01-01T00:00:00Z\",\"end\":\"0001-01-01T00:00:00Z\",", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void PrettyPrintedAndPackedTextIsTheSame()
    {
        string json = Golden.GetProperty("messages")[0].GetProperty("json").GetString()!;
        using JsonDocument document = JsonDocument.Parse(json);
        string pretty = Pretty(document.RootElement);
        Assert.Equal(json, NetLogVectors.Json(Assert.Single(Messages(pretty)), NetLogSchema.V2));

        byte[] packed = [.. Gzip(json[..500]), .. Gzip(json[500..] + "\n" + pretty)];
        using NetLogReader reader = new(new MemoryStream(packed), "x");
        Assert.Equal([json, json], reader.ReadAll().Select(m => NetLogVectors.Json(m, NetLogSchema.V2)));
        Assert.Equal((2, 0), (reader.MessagesRead, reader.ErrorsFound));

        // What can be decompressed before a cut or a wrong checksum is read.
        List<NetLogFormatException> errors = [];
        using NetLogReader cut = new(new MemoryStream(packed[..^40]), "x");
        Assert.Single(cut.ReadAll(errors.Add));
        Assert.Equal(NetLogErrorKind.Damaged, Assert.Single(errors).Kind);
        packed[^3] ^= 1;
        using NetLogReader damaged = new(new MemoryStream(packed), "x");
        Assert.Equal(2, damaged.ReadAll(errors.Add).Count());
        Assert.Equal(NetLogErrorKind.Damaged, errors[1].Kind);
        Assert.IsType<InvalidDataException>(errors[1].InnerException);
        Assert.False(damaged.TryRead(out _, out _));
    }

    [Fact]
    public void AStreamMayBeCutAtEveryByte()
    {
        JsonElement messages = Golden.GetProperty("messages");
        string text = messages[0].GetProperty("json").GetString()! + "\r\n"
            + """{"logs":[{"x":"\u00e9\ud83d\ude00","proto":true,"logged":"2022-10-13T20:23:10Z","exitTraffic":[ """
            + Entry + " , " + Entry + """],"srcNode":{"nodeId":"a"}}]} bad line""" + "\n"
            + """{"exitTraffic":[{"txPkts":-1}]}""" + "\n" + messages[3].GetProperty("json").GetString();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        string whole = Outcome(new MemoryStream(bytes));
        Assert.Equal(2, whole.Split('\n').Count(line => line.StartsWith("error", StringComparison.Ordinal)));
        for (int i = 0; i <= bytes.Length; i++)
        {
            Assert.Equal(whole, Outcome(new PieceStream(bytes, [i, bytes.Length])));
        }

        Assert.Equal(whole, Outcome(new PieceStream(bytes, [.. Enumerable.Range(1, bytes.Length)])));
    }

    [Fact]
    public void FlowsHaveClassNodeAndWindow()
    {
        string json = Golden.GetProperty("messages")[0].GetProperty("json").GetString()!;
        using NetLogReader reader = new(new MemoryStream(Encoding.UTF8.GetBytes(json)), "some.log");
        TupleCounts[] flows = [.. reader.ReadFlows()];
        Assert.Equal(
            [(FlowClass.Virtual, 2), (FlowClass.Subnet, 3), (FlowClass.Exit, 6), (FlowClass.Physical, 2)],
            flows.GroupBy(f => f.Class).Select(g => (g.Key, g.Count())));
        Assert.All(flows, f => Assert.Equal(
            ("src.tail123456.ts.net", "some.log", 5.0), (f.Node, f.Source, f.Window.Seconds)));
        Assert.Equal("TCP 172.16.1.1:80 -> 100.1.2.4:1234 tx 91/54 rx 723/621", flows[2].ToString());
    }

    [Fact]
    public void LinesOfAPipelineGiveMessagesAsSoonAsTheyAreWhole()
    {
        NetLogTextReader reader = new("pipeline");
        reader.AddLine("""{"nodeId":"a","exitTraffic":[]}""");
        Assert.True(reader.TryRead(out NetLogMessage? message, out _));
        Assert.Equal("a", message!.NodeId);
        Assert.False(reader.TryRead(out _, out _));

        string[] lines = ["{", "\"nodeId\": \"b\u00e9\",", "\"exitTraffic\":", "[", "{", "\"txPkts\": 5", "}", "]"];
        foreach (string line in lines)
        {
            reader.AddLine(line);
            Assert.False(reader.TryRead(out _, out _));
        }

        reader.AddLine("} oops");
        Assert.True(reader.TryRead(out message, out _));
        Assert.Equal(("b\u00e9", 5ul), (message!.NodeId, message.ExitTraffic[0].Counts.TxPackets));
        Assert.True(reader.TryRead(out message, out NetLogFormatException? error));
        Assert.Null(message);
        Assert.Equal((10, 3, "$", "pipeline"), (error!.Line, error.Column, error.Path, error.InputName));

        reader.AddLine("{\"exitTraffic\":[");
        Assert.False(reader.TryRead(out _, out _));
        reader.Complete();
        Assert.True(reader.TryRead(out _, out error));
        Assert.Equal(NetLogErrorKind.Syntax, error!.Kind);
        Assert.False(reader.TryRead(out _, out _));
        Assert.Throws<InvalidOperationException>(() => reader.AddLine("{}"));
        Assert.Equal((2, 2), (reader.MessagesRead, reader.ErrorsFound));
    }

    [Fact]
    public void ReadThrowsErrorsAndGoesOn()
    {
        using NetLogReader reader = new(new MemoryStream("x\n{\"exitTraffic\":[]}\ny"u8.ToArray()), "x");
        Assert.Throws<NetLogFormatException>(() => reader.Read());
        Assert.NotNull(reader.Read());
        Assert.Throws<NetLogFormatException>(() => reader.Read());
        Assert.Null(reader.Read());
    }

    [Fact]
    public void ReadingIsCancelledAndGoesOn()
    {
        using CancellationTokenSource source = new();
        byte[] bytes = Encoding.UTF8.GetBytes($$"""{"exitTraffic":[{{Entry}}]}""");
        using NetLogReader reader = new(
            new PieceStream(bytes, [10, bytes.Length], () => source.Cancel()), "x");
        Assert.Throws<OperationCanceledException>(() => reader.TryRead(out _, out _, source.Token));
        Assert.NotNull(reader.Read());
        Assert.Null(reader.Read());
    }

    [Fact]
    public void FilesAreOpenedAndWhatIsNoFileIsReported()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Gzip("{\"exitTraffic\":[]}\n"));
            using NetLogReader reader = NetLogReader.Open(path);
            Assert.NotNull(reader.Read());
            Assert.Equal(reader.Length, reader.BytesRead);
            Assert.Null(reader.Read());
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Throws<FileNotFoundException>(() => NetLogReader.Open(path));
        Assert.Throws<IOException>(() => NetLogReader.Open(Path.GetTempPath()));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new NetLogTextReader("x", new NetLogReaderOptions { MaxDepth = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new NetLogTextReader("x", new NetLogReaderOptions { MaxMessageMemory = 1 }));
    }

    internal static NetLogMessage[] Messages(string text)
    {
        using NetLogReader reader = new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "test");
        return [.. reader.ReadAll()];
    }

    internal static string Pretty(JsonElement value) => JsonSerializer.Serialize(value, Indented);

    internal static byte[] Gzip(string text)
    {
        using MemoryStream output = new();
        using (GZipStream gzip = new(output, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return output.ToArray();
    }

    private static string Outcome(Stream stream)
    {
        using NetLogReader reader = new(stream, "x");
        StringBuilder text = new();
        while (reader.TryRead(out NetLogMessage? message, out NetLogFormatException? error))
        {
            text.Append(message is null ? $"error {error!.Message}\n" : NetLogVectors.Describe(message) + "\n");
        }

        return text.ToString();
    }

    /// <summary>Bytes that come in pieces that end at given places.</summary>
    private sealed class PieceStream(byte[] bytes, int[] ends, Action? onRead = null) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            onRead?.Invoke();
            int end = ends.FirstOrDefault(e => e > Position);
            return base.Read(buffer, offset, (int)Math.Min(count, Math.Max(0, end - Position)));
        }
    }
}
