using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using TunStats.NetLog;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.NetLog;

/// <summary>
/// Mutated texts: no exception, no endless reading, errors at places that are in the text; and where another parser
/// finds it to be JSON, ours does.
/// </summary>
public sealed class NetLogFuzzTests
{
    private const int Bounded = 300_000;

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\n", "null", "-1", "1e5", "18446744073709551616", "\"\\ud83d\"",
        "\"exitTraffic\":[", "{\"src\":\"1.2.3.4:5\"}", "\"start\":\"", "[[[[[[[[", "\u0000", "\ufeff", "\"logs\":",
        "{\"exitTraffic\":[]}\n", "\"dstNodes\":[", "tru", "0", "00", " ", "\r\n",
    ];

    [Fact]
    public void MutatedTextsMeetNothingButTheTypedError()
    {
        long count = Count();
        byte[][] seeds = Seeds();
        byte[][] pieces = [.. Pieces.Select(Encoding.UTF8.GetBytes)];
        Random random = new(21);
        NetLogReaderOptions options = new() { MaxDepth = 20, MaxMessageMemory = 16 * 1024 };
        long messages = 0, errors = 0;
        for (long i = 0; i < count; i++)
        {
            byte[] text = Mutate(seeds[i % seeds.Length], pieces, random);
            int limit = (2 * text.Length) + 2, calls = 0;
            List<NetLogFormatException> found = [];
            using NetLogReader reader = new(
                random.Next(8) == 0 ? new TricklingStream(text, random, 200) : new MemoryStream(text), "fuzz", options);
            while (reader.TryRead(out NetLogMessage? message, out NetLogFormatException? error))
            {
                Assert.True(++calls < limit, "The reader does not come to an end.");
                messages += message is null ? 0 : 1;
                if (error is not null)
                {
                    Assert.InRange(error.Line, 1, text.AsSpan().Count((byte)'\n') + 1);
                    Assert.InRange(error.Column, 1, text.Length + 1);
                    found.Add(error);
                }
            }

            errors += found.Count;
            if (i % 16 == 0)
            {
                AgreesWithAnotherParser(text, found);
            }
        }

        Assert.True(messages > count / 10 && errors > count / 10, $"{messages} messages, {errors} errors");
    }

    /// <summary>
    /// Messages and errors are the same whether a text comes at once, byte by byte or in pieces of any length.
    /// </summary>
    [Fact]
    public void RecoveryDoesNotDependOnHowBytesArrive()
    {
        byte[][] seeds = Seeds();
        byte[][] pieces = [.. Pieces.Select(Encoding.UTF8.GetBytes)];
        Random random = new(23);
        StringBuilder whole = new(), parts = new();
        long errors = 0;
        for (long i = 0, end = Count() / 3; i < end; i++)
        {
            NetLogReaderOptions options = new()
            {
                MaxDepth = 20,
                MaxMessageMemory = i % 4 == 0 ? 4096 : 16 * 1024,
            };
            byte[] text = Mutate(seeds[i % seeds.Length], pieces, random);
            errors += Read(new MemoryStream(text), options, whole);
            Read(new TricklingStream(text, random, 1), options, parts);
            Assert.True(whole.Equals(parts), Difference());
            Read(new TricklingStream(text, random, random.Next(2, 300)), options, parts);
            Assert.True(whole.Equals(parts), Difference());

            string Difference() => $"{Encoding.UTF8.GetString(text)}\n-- whole: {whole}\n-- in parts: {parts}";
        }

        Assert.True(errors > Count() / 10, $"{errors} errors");
    }

    /// <summary>Around the longest value, whose end is at hand at once where the text comes at once.</summary>
    [Fact]
    public void TheLongestValueDoesNotDependOnHowBytesArrive()
    {
        Random random = new(24);
        StringBuilder whole = new(), parts = new();
        List<int> errors = [];
        for (int length = JsonWindow.MaxLength - 3; length < JsonWindow.MaxLength + 6; length++)
        {
            byte[] text = Encoding.UTF8.GetBytes(
                $$"""{"nodeId":"{{new string('x', length - 2)}}","exitTraffic":[]}""" + "\n{\"exitTraffic\":[]}");
            NetLogReaderOptions options = new() { MaxMessageMemory = 1 << 30 };
            errors.Add(Read(new MemoryStream(text), options, whole));
            Read(new TricklingStream(text, random, 70_000), options, parts);
            Assert.Equal(whole.ToString(), parts.ToString());
        }

        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 1], errors);
    }

    [Fact]
    public unsafe void TheQuickParserOfEntriesReadsWhatTheThoroughOneReads()
    {
        Random random = new(22);
        byte[][] pieces = [.. "0 9 00 255 256 . : \" , {} 1.2.3.4:5 [::1]:5 99999999 18446744073709551616 -"
            .Split(' ').Select(Encoding.UTF8.GetBytes)];
        byte[] room = new byte[4096];
        long accepted = 0, refused = 0, wrong = 0;
        for (long i = 0, end = Count(); i < end; i++)
        {
            ConnectionCounts made = RandomMessages.Entry(random);
            byte[] json = Encoding.UTF8.GetBytes(
                NetLogJsonWriterTests.Entry(made, i % 2 == 0 ? NetLogSchema.V1 : NetLogSchema.V2));
            json = i % 4 == 0 ? json : Mutate(json, pieces, random);
            json.CopyTo(room, 64);
            ",{}"u8.CopyTo(room.AsSpan(64 + json.Length));
            ConnectionCounts quick = default;
            int length;
            fixed (byte* start = room)
            {
                byte* next = JsonEntryParser.TryRead(start + 64, ref quick);
                length = next == null ? -1 : (int)(next - start) - 64;
            }

            JsonCursor cursor = new(room.AsSpan(64, Math.Max(length, json.Length)), true, 20);
            bool isRead = NetLogElements.TryReadEntry(ref cursor, out ConnectionCounts thorough);
            isRead &= !cursor.Problem.IsAny;
            (accepted, refused) = length < 0 ? (accepted, refused + 1) : (accepted + 1, refused);
            wrong += isRead ? 0 : 1;
            if (length >= 0)
            {
                Assert.True(isRead && quick == thorough && cursor.At == length, Encoding.UTF8.GetString(json));
            }
            else if (i % 4 == 0 && !json.AsSpan().Contains((byte)'\\'))
            {
                // Numbers of 20 digits are left to the thorough one.
                Assert.True(isRead && json.Length > 20, Encoding.UTF8.GetString(json));
            }
        }

        Assert.True(
            Math.Min(accepted, Math.Min(refused, wrong)) > Count() / 20,
            $"{accepted} accepted, {refused} refused, {wrong} wrong");
    }

    private static int Read(Stream stream, NetLogReaderOptions options, StringBuilder found)
    {
        int errors = 0;
        found.Clear();
        using NetLogReader reader = new(stream, "fuzz", options);
        while (reader.TryRead(out NetLogMessage? message, out NetLogFormatException? error))
        {
            errors += error is null ? 0 : 1;
            _ = error is null
                ? found.Append(NetLogVectors.Describe(message!)).Append('\n')
                : found.Append(CultureInfo.InvariantCulture, $"{error.Kind} {error.Message}\n");
        }

        return errors;
    }

    private static long Count() =>
        long.TryParse(Environment.GetEnvironmentVariable("TUNSTATS_FUZZ"), CultureInfo.InvariantCulture, out long count)
            ? count
            : Bounded;

    /// <summary>Where there is one value and it is an object or a list, both find it to be JSON or neither.</summary>
    private static void AgreesWithAnotherParser(byte[] text, List<NetLogFormatException> errors)
    {
        bool theirs;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 64 });
            theirs = document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
        }
        catch (JsonException)
        {
            return;
        }

        // A message that stands where an entry should is JSON, and yet a sign that a line was truncated.
        bool ours = errors.All(
            e => e.Kind is not NetLogErrorKind.Syntax
                || e.Reason.StartsWith("a message stands", StringComparison.Ordinal));
        Assert.True(theirs == ours, Encoding.UTF8.GetString(text));
    }

    private static byte[][] Seeds()
    {
        JsonElement golden = VectorFile.Read("netlog_json_golden.json");
        string[] messages = [.. golden.GetProperty("messages").EnumerateArray()
            .Select(row => row.GetProperty("json").GetString()!).Where(json => json.Contains("Traffic"))];
        string seed = golden.GetProperty("seed2022").GetProperty("json").GetString()!;
        using JsonDocument document = JsonDocument.Parse(seed);
        string pretty = NetLogReaderTests.Pretty(document.RootElement);
        string nested = VectorFile.Read("netlogfmt.json").GetProperty("nestedInputExample").GetProperty("json")
            .GetString()!;
        string[] texts = [seed, seed + "\n" + nested, pretty + "\n" + nested, nested, messages[2], messages[3]];
        return [.. texts.Select(Encoding.UTF8.GetBytes)];
    }

    private static byte[] Mutate(byte[] seed, byte[][] pieces, Random random)
    {
        List<byte> text = [.. random.Next(6) == 0 ? seed[..random.Next(seed.Length)] : seed];
        for (int i = random.Next(5); i > 0 && text.Count > 0; i--)
        {
            int at = random.Next(text.Count);
            switch (random.Next(5))
            {
                case 0:
                    text[at] = (byte)random.Next(256);
                    break;
                case 1:
                    text.RemoveRange(at, Math.Min(random.Next(30), text.Count - at));
                    break;
                case 2:
                    byte[] copy = [.. text.Skip(random.Next(text.Count)).Take(random.Next(80))];
                    text.InsertRange(at, copy);
                    break;
                default:
                    text.InsertRange(at, pieces[random.Next(pieces.Length)]);
                    break;
            }
        }

        return [.. text];
    }

    /// <summary>Gives pieces of at most so many bytes.</summary>
    private sealed class TricklingStream(byte[] bytes, Random random, int most) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, random.Next(1, most + 1)));
    }
}
