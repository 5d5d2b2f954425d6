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
        long count = long.TryParse(
            Environment.GetEnvironmentVariable("TUNSTATS_FUZZ"), CultureInfo.InvariantCulture, out long more)
            ? more
            : Bounded;
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
                random.Next(8) == 0 ? new TricklingStream(text, random) : new MemoryStream(text), "fuzz", options);
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

        // A message that stands where an entry should is JSON, and yet a sign that a line was cut off.
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

    private sealed class TricklingStream(byte[] bytes, Random random) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, random.Next(1, 200)));
    }
}
