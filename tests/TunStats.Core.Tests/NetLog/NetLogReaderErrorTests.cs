using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using TunStats.NetLog;
using Xunit;

namespace TunStats.Tests.NetLog;

/// <summary>What is wrong, where, and how reading goes on.</summary>
public sealed class NetLogReaderErrorTests
{
    private const string Good = """{"nodeId":"good","exitTraffic":[]}""";

    [Theory]
    [InlineData("""{"exitTraffic":[{"txPkts":-1}]}""", 27, "$.exitTraffic[0].txPkts", "-1 is negative.")]
    [InlineData("""{"exitTraffic":[{},{"rxBytes":18446744073709551616}]}""", 31, "$.exitTraffic[1].rxBytes",
        "18446744073709551616 is too large; 18446744073709551615 is the most.")]
    [InlineData("""{"exitTraffic":[{"txPkts":1e3}]}""", 27, "$.exitTraffic[0].txPkts", "1e3 is not a whole number.")]
    [InlineData("""{"exitTraffic":[{"txPkts":"1"}]}""", 27, "$.exitTraffic[0].txPkts",
        "expected a number from 0 on.")]
    [InlineData("""{"exitTraffic":[{"proto":256}]}""", 26, "$.exitTraffic[0].proto",
        "256 is not a valid protocol number; 255 is the largest.")]
    [InlineData("""{"exitTraffic":[{"proto":"tcpp"}]}""", 26, "$.exitTraffic[0].proto",
        "'tcpp' is not a valid protocol: give its number, or a name such as tcp.")]
    [InlineData("""{"exitTraffic":[{"src":"010.1.2.3:80"}]}""", 24, "$.exitTraffic[0].src",
        "'010.1.2.3:80' is not a valid address with a port: an octet begins with 0; write it without the 0 (it could "
        + "be read as octal).")]
    [InlineData("""{"exitTraffic":[{"src":"127.1:80"}]}""", 24, "$.exitTraffic[0].src",
        "'127.1:80' is not a valid address with a port: it has fewer than four octets; write all four.")]
    [InlineData("""{"exitTraffic":[{"dst":"1.2.3.4"}]}""", 24, "$.exitTraffic[0].dst",
        "'1.2.3.4' is not a valid address with a port: it has no port; write address:port or [address]:port.")]
    [InlineData("""{"exitTraffic":[{"dst":"1.2.3.4:65536"}]}""", 24, "$.exitTraffic[0].dst",
        "'1.2.3.4:65536' is not a valid address with a port: its port is not a number from 0 to 65535.")]
    [InlineData("""{"exitTraffic":[{"dst":"1.2.3.4:+1"}]}""", 24, "$.exitTraffic[0].dst",
        "'1.2.3.4:+1' is not a valid address with a port: its port is not a number from 0 to 65535.")]
    [InlineData("""{"exitTraffic":[{"dst":"1.2.3.256:1"}]}""", 24, "$.exitTraffic[0].dst",
        "'1.2.3.256:1' is not a valid address with a port: an octet is above 255.")]
    [InlineData("""{"exitTraffic":[{"dst":5}]}""", 24, "$.exitTraffic[0].dst",
        "expected an address with a port, in quotes.")]
    [InlineData("""{"exitTraffic":[{"txPkts":1,"txPkts":1}]}""", 38, "$.exitTraffic[0].txPkts",
        "this member appears twice in its entry.")]
    [InlineData("""{"exitTraffic":[7]}""", 17, "$.exitTraffic[0]",
        "an entry is an object with members such as src and txBytes.")]
    [InlineData("""{"exitTraffic":{"a":[1]}}""", 16, "$.exitTraffic", "expected a list.")]
    [InlineData("""{"a":[0,{"start":"yesterday","exitTraffic":[]}]}""", 18, "$.a[1].start",
        "'yesterday' is not a valid RFC 3339 time; write it as 2006-01-02T15:04:05.999Z.")]
    [InlineData("""{"exitTraffic":[],"exitTraffic":[]}""", 19, "$.exitTraffic",
        "this member appears twice in its object.")]
    [InlineData("""{"exitTraffic":[],"nodeId":["x"]}""", 28, "$.nodeId", "expected a text in quotes.")]
    [InlineData("""{"exitTraffic":[],"dstNodes":[{},{"addresses":["1.2.3.4","::1","::1::"]}]}""", 64,
        "$.dstNodes[1].addresses[2]", "'::1::' is not a valid IP address: it has '::' more than once.")]
    [InlineData("""{"exitTraffic":[],"srcNode":{"tags":"x"}}""", 37, "$.srcNode.tags",
        "expected a list of texts.")]
    [InlineData("""{"exitTraffic":[],"srcNode":[]}""", 29, "$.srcNode",
        "a node is an object with members such as nodeId.")]
    [InlineData("""{"odd name":{"":[{"it's":[{"exitTraffic":1}]}]}}""", 42,
        @"$['odd name'][''][0]['it\'s'][0].exitTraffic", "expected a list.")]
    public void ValuesThatCannotBeLeaveOutTheirMessage(string line, long column, string path, string reason)
    {
        // Those around it are read, also in the same envelope.
        string envelope = "{\"logs\":[" + Good + ",\n" + line + ",\n" + Good + "]}";
        foreach (string text in new[] { Good + "\r\n" + line + "\r\n" + Good, Good + "\n" + line + Good, envelope })
        {
            NetLogFormatException error = Assert.Single(Read(text, out int good));
            Assert.Equal((2, column, reason), (error.Line, error.Column, error.Reason));
            Assert.Equal(text == envelope ? "$.logs[1]" + path[1..] : path, error.Path);
            Assert.Equal(NetLogErrorKind.Value, error.Kind);
            Assert.Equal($"test, line 2, column {column}, {error.Path}: {reason}", error.Message);
            Assert.Equal(2, good);
        }
    }

    [Theory]
    [InlineData("garbage", 1, "$", "expected a JSON object or list, found 'g'.")]
    [InlineData("42", 1, "$", "expected a JSON object or list, found '4'.")]
    [InlineData("\u00e9", 1, "$", "expected a JSON object or list, found byte 0xc3.")]
    [InlineData("""{"a" 1}""", 6, "$.a", "expected ':' after a member's name, found '1'.")]
    [InlineData("""{"a":1,}""", 8, "$", "expected a member's name in quotes, found '}'.")]
    [InlineData("""{"a":[1,]}""", 9, "$.a[1]", "expected a value, found ']'.")]
    [InlineData("""{"a":[1 2]}""", 9, "$.a", "expected ',' or ']', found '2'.")]
    [InlineData("""{"a":1]""", 7, "$", "expected ',' or '}', found ']'.")]
    [InlineData("""{"a":tru}""", 9, "$.a", "expected 'true', found '}'.")]
    [InlineData("""{"a":01}""", 6, "$.a", "a number of more than one digit cannot begin with 0.")]
    [InlineData("""{"a":-}""", 7, "$.a", "expected a digit, found '}'.")]
    [InlineData("""{"a":1.}""", 8, "$.a", "expected a digit after the point, found '}'.")]
    [InlineData("""{"a":1e+}""", 9, "$.a", "expected a digit of the exponent, found '}'.")]
    [InlineData("""{"a":"\x"}""", 8, "$.a", "this is not a valid JSON escape.")]
    [InlineData("""{"a":"\u12g4"}""", 11, "$.a", "this is not a valid JSON escape.")]
    [InlineData("{\"a\":\"\t\"}", 7, "$.a", "a control character (a line end, say) is not allowed in a string.")]
    [InlineData("""{"nodeId":"cut off""", 19, "$.nodeId",
        "a control character (a line end, say) is not allowed in a string.")]
    [InlineData("""{"exitTraffic":[{"src":"1.2.3.4:5","dst":"1.2""", 46, "$.exitTraffic[0]",
        "a control character (a line end, say) is not allowed in a string.")]
    [InlineData("""{"exitTraffic":[{"src":"1.2.3.4:5" "dst":""}]}""", 36, "$.exitTraffic[0]",
        "expected ',' or '}', found '\"'.")]
    [InlineData("""{"exitTraffic":[{}{}]}""", 19, "$.exitTraffic", "expected ',' or ']', found '{'.")]
    [InlineData("""{"exitTraffic":[{"x":[1}]}""", 24, "$.exitTraffic[0]", "expected ',' or ']', found '}'.")]
    [InlineData("""{"exitTraffic":[],"dstNodes":[{"tags":["a" "b"]}]}""", 44, "$.dstNodes[0]",
        "expected ',' or ']', found '\"'.")]
    public void TextThatIsNoJsonEndsWithItsLine(string line, long column, string path, string reason)
    {
        NetLogFormatException error = Assert.Single(Read(Good + "\n" + line + "\n" + Good, out int good));
        Assert.Equal((2, column, path, reason), (error.Line, error.Column, error.Path, error.Reason));
        Assert.Equal(NetLogErrorKind.Syntax, error.Kind);
        Assert.Equal(2, good);
    }

    [Theory]
    [InlineData("{\"a\":1,", "$")]
    [InlineData("{\"exitTraffic\":[{},", "$.exitTraffic[1]")]
    [InlineData("{\"exitTraffic\":[],\"dstNodes\":[", "$.dstNodes[0]")]
    [InlineData("{\"exitTraffic\":[{\"txPkts\":1,", "$.exitTraffic[0]")]
    public void ALineThatIsCutOffCostsNoOtherMessage(string cut, string path)
    {
        NetLogFormatException error = Assert.Single(Read(Good + "\n" + cut + "\n" + Good + "\n" + Good, out int good));
        Assert.Equal((3, 1, path), (error.Line, error.Column, error.Path));
        Assert.Equal(3, good);
    }

    [Fact]
    public void TheEndInTheMiddleIsAnError()
    {
        string text = """{"logs":[{"nodeId":"a","exitTraffic":[{"txPkts":12,"src":"1.2.3.4:5"}]}]}""";
        for (int i = 1; i < text.Length; i++)
        {
            NetLogFormatException error = Assert.Single(Read(text[..i], out int good));
            Assert.Equal((1, i + 1), (error.Line, error.Column));
            Assert.Contains("end", error.Reason, StringComparison.Ordinal);
            Assert.Equal(0, good);
        }

        Assert.Empty(Read(text, out _));
    }

    [Fact]
    public void WhatIsLeftOfABrokenValueIsNotToldAgain()
    {
        string text = """
            {
              "logs": [
                {
                  "nodeId": "good",
                  "start": oops,
                  "exitTraffic": [
                    { "txPkts": 1 },
                    {
                      "rxPkts": 1
                    }
                  ]
                },
                { "nodeId": "good", "exitTraffic": [] }
              ],
              "x": true,
              "y": { "z": 1 }
            }
            """ + "\n" + Good + "\nnonsense\n" + Good;
        List<NetLogFormatException> errors = Read(text, out int good);
        Assert.Equal(
            [(5, 16, "$.logs[0].start"), (19, 1, "$")], errors.Select(e => ((int)e.Line, (int)e.Column, e.Path)));
        Assert.Equal(3, good);
    }

    [Fact]
    public void JsonThatHoldsNothingOfAMessageIsAnError()
    {
        NetLogFormatException error = Assert.Single(Read(Good + "\n  {\"a\":[{}]}\n" + Good, out int good));
        Assert.Equal((2, 3, "$", 2), (error.Line, error.Column, error.Path, good));
        Assert.Equal(NetLogErrorKind.NoMessage, error.Kind);
    }

    [Fact]
    public void DepthIsBounded()
    {
        foreach (string bomb in new[] { new string('[', 2_000_000), Repeat("{\"a\":", 500_000) })
        {
            NetLogFormatException error = Assert.Single(Read(bomb + "\n" + Good, out int good));
            Assert.Equal((NetLogErrorKind.TooDeep, 1), (error.Kind, good));
            Assert.Equal(bomb[0] == '[' ? 257 : (256 * 5) + 1, error.Column);
        }

        foreach (string member in new[] { "srcNode", "logtail" })
        {
            string inside = "{\"exitTraffic\":[],\"" + member + "\":{\"x\":" + Repeat("[{\"y\":", 100_000);
            NetLogFormatException error = Assert.Single(Read(inside + "\n" + Good, out int good));
            Assert.Equal((NetLogErrorKind.TooDeep, 1), (error.Kind, good));
        }

        string deep = Repeat("[", 200) + Repeat("]", 200);
        Assert.Empty(Read(
            "{\"exitTraffic\":[{\"x\":" + deep + "}],\"nodeId\":\"good\",\"y\":" + deep + "}", out int one));
        Assert.Equal(1, one);
    }

    [Fact]
    public void MemoryIsBounded()
    {
        // A message of ten million entries, a name and a text of 20 MB, and a text that is skipped.
        byte[] entries = Encoding.ASCII.GetBytes(Repeat("{\"txPkts\":1,\"rxBytes\":5},", 100_000));
        RepeatStream large = new("{\"exitTraffic\":["u8.ToArray(), entries, 100, "{}]}\n"u8.ToArray());
        byte[] letters = Encoding.ASCII.GetBytes(Repeat("x", 1_000_000));
        RepeatStream name = new("{\""u8.ToArray(), letters, 20, "\":1}\n"u8.ToArray());
        RepeatStream id = new("{\"nodeId\":\""u8.ToArray(), letters, 20, "\"}\n"u8.ToArray());
        RepeatStream skipped = new("{\"nodeId\":\"good\",\"exitTraffic\":[],\"x\":\""u8.ToArray(), letters, 20,
            "\"}\n"u8.ToArray());
        NetLogReaderOptions options = new() { MaxMessageMemory = 8 << 20 };
        long before = GC.GetTotalAllocatedBytes(precise: true);
        foreach ((Stream stream, string? path) in new (Stream, string?)[]
            { (large, "$.exitTraffic"), (name, "$"), (id, "$.nodeId"), (skipped, null) })
        {
            using NetLogReader reader = new(stream, "x", options);
            List<NetLogFormatException> errors = [];
            Assert.Equal(path is null ? 1 : 0, reader.ReadAll(errors.Add).Count());
            Assert.Equal(path is null ? [] : [(NetLogErrorKind.TooLarge, path)], errors
                .Select(e => (e.Kind, e.Path.Split('[')[0])));
        }

        Assert.True(GC.GetTotalAllocatedBytes(precise: true) - before < 64 << 20);
    }

    [Fact]
    public void TextThatIsTooLongIsAnErrorHoweverItsCharactersLie()
    {
        // Characters of three and four bytes, so that some piece ends in the middle of one.
        foreach (string character in new[] { "x", "\u00e9", "\u20ac", "\ud83d\ude00" })
        {
            for (int i = 0; i < 4; i++)
            {
                NetLogTextReader reader = new("x");
                reader.Add(new string(' ', i).AsMemory());
                reader.AddLine("{\"exitTraffic\":[],\"nodeId\":\"" + Repeat(character, 1_100_000) + "\"}");
                reader.AddLine(Good);
                Assert.True(reader.TryRead(out _, out NetLogFormatException? error));
                Assert.Equal((NetLogErrorKind.TooLarge, "$.nodeId"), (error!.Kind, error.Path));
                Assert.True(reader.TryRead(out NetLogMessage? message, out _));
                Assert.Equal("good", message!.NodeId);
                Assert.False(reader.TryRead(out _, out _));
            }
        }
    }

    [Fact]
    public void LongTextsAndManyLinesAreReadInTime()
    {
        // A value that comes in small pieces is not looked at again with each of them.
        NetLogTextReader reader = new("x");
        reader.AddLine("{\"exitTraffic\":[],\"srcNode\":{\"tags\":[");
        for (int i = 0; i < 30_000; i++)
        {
            reader.AddLine("\"some tag\",");
            Assert.False(reader.TryRead(out _, out _));
        }

        reader.AddLine("\"the last tag\"]},\"x\":\"" + Repeat("y", 3_000_000) + "\"}");
        Assert.True(reader.TryRead(out NetLogMessage? message, out _));
        Assert.Equal(30_001, message!.SrcNode!.Tags.Count);
    }

    private static List<NetLogFormatException> Read(string text, out int good)
    {
        List<NetLogFormatException> errors = [];
        using NetLogReader reader = new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "test");
        good = reader.ReadAll(errors.Add).Count(m => m.NodeId == "good");
        return errors;
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    /// <summary>A head, a middle many times, a tail.</summary>
    private sealed class RepeatStream(byte[] head, byte[] middle, int count, byte[] tail) : Stream
    {
        private readonly MemoryStream[] _parts =
            [new(head), .. Enumerable.Range(0, count).Select(_ => new MemoryStream(middle)), new(tail)];

        private int _part;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            for (; _part < _parts.Length; _part++)
            {
                int read = _parts[_part].Read(buffer);
                if (read > 0)
                {
                    return read;
                }
            }

            return 0;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
