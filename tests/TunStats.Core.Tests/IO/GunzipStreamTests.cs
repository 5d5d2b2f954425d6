using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.IO;
using TunStats.NetLog;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.IO;

public sealed class GunzipStreamTests
{
    // Name, comment, extra field and checksum of the header, as gzip -N writes some of them.
    private static readonly byte[] LongHeader =
        [0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9, .. "a.pcap\0"u8, .. "why\0"u8, 7, 7];

    private static readonly byte[] Nothing = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(200_000)]
    public void WhatWasPackedComesBackHoweverItIsReadAndHowManyMembersItHas(int length)
    {
        var random = new Random(length);
        byte[] text = [.. Enumerable.Range(0, length).Select(i => (byte)(random.Next(5) * i))];
        byte[] one = Packed(text);
        byte[][] files =
        [
            one,
            [.. Nothing, .. one, .. Nothing, .. Nothing],
            [.. LongHeader, .. one[10..]],
            [.. one, 0, 0, 0, 0],
            [.. Packed(text[..(length / 2)]), .. Stored(text[(length / 2)..])],
            [.. Enumerable.Range(0, 50).SelectMany(i => Stored(text[(i * length / 50)..((i + 1) * length / 50)]))],
        ];
        Assert.All(files, file =>
        {
            Assert.Equal(text, Unpack(new MemoryStream(file), 4096, out Exception? error));
            Assert.Null(error);
            Assert.Equal(text, Unpack(new TricklingStream(file), 333, out error));
            Assert.Null(error);
        });
    }

    [Fact]
    public void ACutAtAnyByteIsAnErrorAfterEverythingBeforeIt()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 200)));
        byte[] first = Flushed([.. text.Chunk(50)], out List<int> ends), second = Gzip(text);
        byte[] file = [.. first, .. second], both = [.. text, .. text];
        for (int cut = 1; cut < file.Length; cut++)
        {
            byte[] got = Unpack(new MemoryStream(file[..cut]), 100, out Exception? error);

            // Only the boundary of two members is unknown from the end.
            Assert.Equal(cut != first.Length, error is InvalidDataException);
            Assert.Equal(both[..got.Length], got);
            int whole = cut >= first.Length ? text.Length : 50 * ends.Count(end => end <= cut);
            Assert.True(got.Length >= Math.Min(whole, text.Length), $"{got.Length} bytes of {whole} at {cut}.");
        }
    }

    [Fact]
    public void NothingThatWasPackedCanBeCutOffToo()
    {
        byte[] storedNothing = [.. Nothing[..10], 1, 0, 0, 0xff, 0xff, .. new byte[8]];
        Assert.All([Nothing, storedNothing], file =>
        {
            for (int cut = 1; cut <= file.Length; cut++)
            {
                Assert.Empty(Unpack(new MemoryStream(file[..cut]), 100, out Exception? error));
                Assert.Equal(cut != file.Length, error is InvalidDataException);
            }
        });
    }

    [Fact]
    public void AnyByteThatIsChangedInPackedDataOrTrailerIsAnError()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 200)));
        byte[] file = Gzip(text);
        for (int at = 10; at < file.Length; at++)
        {
            byte[] damaged = [.. file];
            damaged[at] ^= 0x10;
            byte[] got = Unpack(new MemoryStream(damaged), 100, out Exception? error);
            Assert.True(error is InvalidDataException || got.SequenceEqual(text), $"No error at {at}.");
        }

        Unpack(new MemoryStream([.. file, .. "garbage"u8]), 100, out Exception? garbage);
        Assert.Equal("its gzip data is followed by other data", garbage?.Message);
        Unpack(new MemoryStream([.. file[..3], 0xe0, .. file[4..]]), 100, out Exception? unknown);
        Assert.Equal("its gzip data has an unknown compression method", unknown?.Message);
    }

    [Fact]
    public void ACaptureThatIsCutOffAtAnyByteIsReportedAndWhatCameBeforeCounts()
    {
        byte[] packet = Udp("10.0.0.1:1", "10.0.0.2:2");
        byte[] pcap = Pcap(101, [.. Enumerable.Repeat(packet, 20)]);
        byte[] file = Flushed([pcap[..24], .. pcap[24..].Chunk(52)], out List<int> ends);
        for (int cut = 2; cut < file.Length; cut++)
        {
            using var reader = new CaptureReader(new MemoryStream(file[..cut]), "x.pcap.gz");
            var packets = new PacketRecord[7];
            int count = 0;
            Exception? error = Record.Exception(() =>
            {
                for (int read; (read = reader.Read(packets)) > 0; count += read)
                {
                }
            });
            string message = Assert.IsType<CaptureFormatException>(error).Message;
            Assert.StartsWith("x.pcap.gz: its gzip data is truncated", message);
            Assert.InRange(count, Math.Max(ends.Count(end => end <= cut) - 1, 0), 20);
        }
    }

    [Fact]
    public void ALogThatIsCutOffAtAnyByteIsReportedAndWhatCameBeforeCounts()
    {
        const string Message = """
            {"nodeId":"n1","start":"2024-01-01T00:00:00Z","end":"2024-01-01T00:00:05Z","virtualTraffic":[]}

            """;
        byte[] line = Encoding.UTF8.GetBytes(Message);
        byte[] file = Flushed([.. Enumerable.Repeat(line, 20)], out List<int> ends);
        for (int cut = 2; cut < file.Length; cut++)
        {
            using var reader = new NetLogReader(new MemoryStream(file[..cut]), "x.json.gz");
            var errors = new List<NetLogFormatException>();
            int count = reader.ReadAll(errors.Add).Count();
            Assert.Contains("its gzip data is truncated", Assert.Single(errors).Message);
            Assert.InRange(count, ends.Count(end => end <= cut), 20);
        }
    }

    [Fact]
    public void TheChecksumIsThatOfGzip()
    {
        Assert.Equal(0xcbf43926, Crc32.Append(0, "123456789"u8));
        Assert.Equal(0xcbf43926, Crc32.Append(Crc32.Append(0, "1"u8), "23456789"u8));
        Assert.Equal(0u, Crc32.Append(0, []));
    }

    private static byte[] Unpack(Stream packed, int size, out Exception? error)
    {
        using var stream = new GunzipStream(packed);
        var got = new List<byte>();
        byte[] buffer = new byte[size];
        error = Record.Exception(() =>
        {
            for (int read; (read = stream.Read(buffer, 0, size)) > 0;)
            {
                got.AddRange(buffer[..read]);
            }
        });
        return [.. got];
    }

    /// <summary>Packs pieces so that each can be decompressed before the next one has come.</summary>
    /// <param name="pieces">The pieces.</param>
    /// <param name="ends">Where each ends in the compressed data.</param>
    private static byte[] Flushed(IReadOnlyList<byte[]> pieces, out List<int> ends)
    {
        var memory = new MemoryStream();
        ends = [];
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (byte[] piece in pieces)
            {
                gzip.Write(piece);
                gzip.Flush();
                ends.Add((int)memory.Length);
            }
        }

        return memory.ToArray();
    }

    private static byte[] Packed(byte[] bytes) => bytes.Length == 0 ? Nothing : Gzip(bytes);

    private static byte[] Stored(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return Nothing;
        }

        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.NoCompression))
        {
            gzip.Write(bytes);
        }

        return memory.ToArray();
    }

    /// <summary>Hands out one byte at a time.</summary>
    private sealed class TricklingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 1)]);
    }
}
