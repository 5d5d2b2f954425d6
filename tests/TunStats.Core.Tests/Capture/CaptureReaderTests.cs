using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.Net;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Capture;

public sealed class CaptureReaderTests
{
    private const string A = "10.0.0.1:1000", B = "10.0.0.2:53";
    private const string A6 = "[fd7a::1]:1000", B6 = "[fd7a::2]:53";
    private const string AToB = "UDP 10.0.0.1:1000 -> 10.0.0.2:53";

    private static readonly byte[] Packet = Udp(A, B);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void PcapIsReadInEitherByteOrderAndResolutionPackedOrNot(bool bigEndian, bool nanoseconds)
    {
        byte[] file = Pcap(101, [Packet, Udp(A6, B6, 100)], bigEndian, nanoseconds);
        foreach (byte[] contents in new[] { file, Gzip(file), [.. Gzip(file[..50]), .. Gzip(file[50..])] })
        {
            List<PacketRecord> got = ReadAll(contents, out _);
            Assert.Equal([AToB, "UDP [fd7a::1]:1000 -> [fd7a::2]:53"], got.Select(p => p.Key.ToString()));
            Assert.Equal([36u, 148u], got.Select(p => p.Bytes));
            long fraction = nanoseconds ? 123_456_789 : 123_456_000;
            Assert.Equal([1_600_000_000_000_000_000 + fraction, 1_600_000_001_000_000_000 + fraction],
                got.Select(p => p.UnixNanoseconds));
        }
    }

    [Fact]
    public void EachLinkTypeIsUnwrapped()
    {
        byte[] packet6 = Udp(A6, B6);
        (int Type, byte[] Frame, string? Key, PacketDirection Direction)[] rows =
        [
            (12, Packet, AToB, default),
            (14, Packet, AToB, default),
            (101, Packet, AToB, default),
            (228, Packet, AToB, default),
            (229, packet6, "UDP [fd7a::1]:1000 -> [fd7a::2]:53", default),
            (0, [2, 0, 0, 0, .. Packet], AToB, default),
            (0, [0, 0, 0, 30, .. packet6], "UDP [fd7a::1]:1000 -> [fd7a::2]:53", default),
            (108, [0, 0, 0, 2, .. Packet], AToB, default),
            (108, [0, 0, 0, 7, .. Packet], null, default),
            (1, Ethernet(Packet), AToB, default),
            (1, Ethernet(Packet, 0x8100), AToB, default),
            (1, Ethernet(Packet, 0x88a8, 0x8100), AToB, default),
            (1, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 6, .. Packet], null, default),
            (113, [0, 4, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, .. Packet], AToB, PacketDirection.Tx),
            (113, [0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, .. Packet], "UDP 10.0.0.2:53 -> 10.0.0.1:1000",
                PacketDirection.Rx),
            (276, [8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0, .. Packet], AToB, PacketDirection.Tx),
            (276, [0x81, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 8, 0, .. Packet],
                "UDP 10.0.0.2:53 -> 10.0.0.1:1000", PacketDirection.Rx),
            (147, [0, 0, 0, 0, .. Packet], AToB, PacketDirection.Tx),
            (147, [1, 0, 0, 0, .. Packet], "UDP 10.0.0.2:53 -> 10.0.0.1:1000", PacketDirection.Rx),
            (147, [3, 0, 4, 1, 2, 3, 4, 4, 5, 6, 7, 8, .. Packet], AToB, PacketDirection.Tx),
            (147, [254, 0, 0, 0, .. Packet], null, default),
            (147, [0, 0, 200, 0, .. Packet], null, default),
            (147, [7, 0, 0, 0, .. Packet], null, default),
            (147, [0, 0, 3, 1, 2, 3, 0, .. Packet], null, default),
        ];
        Assert.All(rows, row =>
        {
            List<PacketRecord> got = ReadAll(Pcap(row.Type, [row.Frame]), out CaptureReader reader);
            Assert.Equal(row.Key is null ? [] : [(row.Key, row.Direction)], got.Select(p => (p.Key.ToString(),
                p.Direction)));
            Assert.Equal((got.Count, 1 - got.Count), (reader.PacketsRead, reader.PacketsSkipped));
            Assert.All(got, p => Assert.Equal(row.Key!.Contains('[') ? 56u : 36u, p.Bytes));
        });
    }

    [Fact]
    public void SessionsAndLabelsBeforeThePacketAreSkipped()
    {
        byte[] packet6 = Udp(A6, B6);
        const string A6ToB6 = "UDP [fd7a::1]:1000 -> [fd7a::2]:53";
        byte[] ethernet = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        byte[] session = [0x88, 0x64, 0x11, 0, 0, 7, 0, 38];
        byte[] labels = [0, 1, 0x40, 64, 0, 2, 0x41, 64];
        byte[] snap = [0xaa, 0xaa, 3, 0, 0, 0];
        byte[] cooked = [0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0];
        (int Type, byte[] Frame, string Key)[] rows =
        [
            (1, [.. ethernet, .. session, 0, 0x21, .. Packet, 0, 0, 0, 0], AToB),
            (1, [.. ethernet, .. session, 0, 0x57, .. packet6], A6ToB6),
            (1, [.. ethernet, .. session, 0x21, .. Packet], AToB),
            (1, [.. ethernet, 0x81, 0, 0, 5, .. session, 0, 0x21, .. Packet], AToB),
            (1, [.. ethernet, .. session, 2, 0x81, .. labels, .. Packet], AToB),
            (1, [.. ethernet, 0x88, 0x47, .. labels, .. Packet], AToB),
            (1, [.. ethernet, 0x88, 0x48, .. labels[4..], .. packet6], A6ToB6),
            (1, [.. ethernet, 0, 44, .. snap, 8, 0, .. Packet], AToB),
            (1, [.. ethernet, 0x81, 0, 0, 5, 0, 64, .. snap, 0x86, 0xdd, .. packet6], A6ToB6),
            (1, [.. ethernet, 0, 44, 0xaa, 0xaa, 3, 0, 0, 0xf8, 8, 0, .. Packet], AToB),
            (1, [.. ethernet, 0, 39, 6, 6, 3, .. Packet], AToB),
            (113, [.. cooked, 0, 4, .. snap, 8, 0, .. Packet], AToB),
            (113, [.. cooked, .. session, 0, 0x21, .. Packet], AToB),
            (276, [0x88, 0x47, 0, 0, 0, 0, 0, 1, 0, 1, 3, 6, 0, 0, 0, 0, 0, 0, 0, 0, .. labels, .. packet6], A6ToB6),
        ];
        Assert.All(rows, row =>
        {
            var warnings = new List<CaptureWarning>();
            var local = new CaptureOptions { LocalAddresses = [IpAddr.Parse("10.0.0.1")], Warn = warnings.Add };
            PacketRecord got = Assert.Single(ReadAll(Pcap(row.Type, [row.Frame]), out _, local));
            FlowKey key = got.Direction == PacketDirection.Rx ? got.Key.Swap() : got.Key;
            Assert.Equal((row.Key, row.Key.Contains('[') ? 56u : 36u), (key.ToString(), got.Bytes));
            Assert.Empty(warnings);
        });
    }

    [Fact]
    public void FramesThatCannotBeReadAreReportedOncePerFile()
    {
        byte[] macsec = Ethernet(Packet), pseudowire = Ethernet(Packet), ppp = Ethernet(Packet);
        (macsec[12], macsec[13]) = (0x88, 0xe5);
        (pseudowire[12], pseudowire[13], pseudowire[16], pseudowire[18]) = (0x88, 0x47, 1, 0);
        (ppp[12], ppp[13], ppp[14], ppp[15], ppp[20], ppp[21]) = (0x88, 0x64, 0x11, 0, 0xc0, 0x21);
        byte[] arp = Ethernet(Packet), spanningTree = Ethernet(Packet);
        (arp[12], arp[13], spanningTree[12], spanningTree[13]) = (8, 6, 0, 0x26);
        byte[][] frames =
            [macsec, Ethernet(Packet), pseudowire, macsec, arp, spanningTree, ppp, [1, 2, 3], Ethernet(Packet)];
        byte[] pcapng = new Writer().Section().Interface(1).Enhanced(0, 1, macsec).Enhanced(0, 2, Ethernet(Packet))
            .ToArray();

        var warnings = new List<CaptureWarning>();
        var options = new CaptureOptions { Warn = warnings.Add };
        Assert.Equal(2, ReadAll(Pcap(1, frames), out CaptureReader reader, options).Count);
        Assert.Equal(7, reader.PacketsSkipped);
        CaptureWarning warning = Assert.Single(warnings);
        Assert.Equal(CaptureWarningKind.UnreadableFrames, warning.Kind);
        Assert.Equal(
            "test.pcap: 4 frames cannot be read and are not counted (type 0x88e5: 2, type 0x8847: 1, truncated: 1).",
            warning.Message);

        warnings.Clear();
        Assert.Single(ReadAll(pcapng, out _, options));
        Assert.Contains("1 frame cannot be read and is not counted", Assert.Single(warnings).Message);
    }

    [Theory]
    [InlineData(1, 14, 150_000)]
    [InlineData(101, 0, 150_000)]
    [InlineData(113, 16, 150_000)]
    [InlineData(1, 14, 3000)]
    [InlineData(101, 0, 3000)]
    public void UnsegmentedTcpIsReadWithItsPorts(int linkType, int header, int length)
    {
        byte[] tcp = Udp(A, B, 40, 6, 0x18);
        tcp.AsSpan(2, 2).Clear();
        byte[][] packets = length > 65_535 ? [tcp, Jumbo(A6, B6, 6, length - 40)] : [tcp];
        Assert.All(packets, packet =>
        {
            byte[] link = new byte[header + 4];
            (link[^4], link[^3]) = packet[0] >> 4 == 4 ? ((byte)8, (byte)0) : ((byte)0x86, (byte)0xdd);
            byte[] file = Pcap(linkType, [[.. link[2..^2], .. packet]]);
            BitConverter.TryWriteBytes(file.AsSpan(24 + 12), header + length);
            PacketRecord got = Assert.Single(ReadAll(file, out _));
            FlowKey key = got.Direction == PacketDirection.Rx ? got.Key.Swap() : got.Key;
            string expected = packet == tcp ? "TCP 10.0.0.1:1000 -> 10.0.0.2:53" : "TCP [fd7a::1]:1000 -> [fd7a::2]:53";
            Assert.Equal((expected, (uint)length, 1u), (key.ToString(), got.Bytes, got.Packets));
        });
    }

    [Fact]
    public void SnappedPacketsCountInFull()
    {
        List<PacketRecord> got = ReadAll(Pcap(1, [Ethernet(Udp(A, B, 1400))], snapLength: 64), out _);
        Assert.Equal((AToB, 1428u), (got[0].Key.ToString(), got[0].Bytes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PcapNgIsReadWithItsSectionsInterfacesAndBlocks(bool bigEndian)
    {
        var file = new Writer(bigEndian);
        file.Section()
            .Interface(101)
            .Interface(1, (9, [9]), (14, Number(bigEndian, 1000)))
            .Interface(101, (9, [0x80 | 10]))
            .Block(0xbad, body => body.Bytes(new byte[1_000_000]))
            .Enhanced(0, 1_600_000_000_000_001, Packet)
            .Enhanced(1, 5_000_000_003, Ethernet(Packet), (2, bigEndian ? [0, 0, 0, 1] : [1, 0, 0, 0]))
            .Enhanced(2, 512, Packet, (2, bigEndian ? [0, 0, 0, 2] : [2, 0, 0, 0]))
            .Simple(Packet)
            .Obsolete(0, 7, Packet);
        var other = new Writer(!bigEndian);
        other.Section().Interface(101).Enhanced(0, 1, Udp(A6, B6));
        List<PacketRecord> got = ReadAll([.. file.ToArray(), .. other.ToArray()], out _);
        Assert.Equal(
            [1_600_000_000_000_001_000, 1_005_000_000_003, 500_000_000, 500_000_000, 7_000, 1_000],
            got.Select(p => p.UnixNanoseconds));
        Assert.Equal(
            [default, PacketDirection.Rx, PacketDirection.Tx, default, default, default], got.Select(p => p.Direction));
        Assert.Equal("UDP 10.0.0.2:53 -> 10.0.0.1:1000", got[1].Key.ToString());
        Assert.Equal([36u, 36u, 36u, 36u, 36u, 56u], got.Select(p => p.Bytes));

        static byte[] Number(bool bigEndian, long value)
        {
            var writer = new Writer(bigEndian);
            writer.U64((ulong)value);
            return writer.ToArray();
        }
    }

    [Fact]
    public void TheDirectionComesFromLocalAddressesOrTheInterfaceNamed()
    {
        byte[] answer = Udp(B, A);
        var options = new CaptureOptions { LocalAddresses = [IpAddr.Parse("10.0.0.1")] };
        Assert.Equal([0, 1], Directions(ReadAll(Pcap(101, [Packet, answer]), out _, options)));
        Assert.Equal([0, 0], Directions(ReadAll(Pcap(101, [Packet, answer]), out _)));

        byte[] named = new Writer().Section().Interface(101, (2, "tun7"u8.ToArray()))
            .Enhanced(0, 1, Packet).Enhanced(0, 1, answer).ToArray();
        IReadOnlyCollection<IpAddr>? AddressesOf(string name) => name == "tun7" ? [IpAddr.Parse("10.0.0.2")] : null;
        options = new CaptureOptions { InterfaceAddresses = AddressesOf };
        Assert.Equal([1, 0], Directions(ReadAll(named, out _, options)));

        byte[] addressed = new Writer().Section().Interface(101, (4, [10, 0, 0, 2, 255, 0, 0, 0]), (2,
            "tun7"u8.ToArray()))
            .Enhanced(0, 1, Packet).ToArray();
        Assert.Equal([1], Directions(ReadAll(addressed, out _)));

        var many = new CaptureOptions
        {
            LocalAddresses = [.. Enumerable.Range(1, 20).Select(i => IpAddr.FromIPv4(0x0b000000 + (uint)i)),
                IpAddr.Parse("10.0.0.2")],
        };
        Assert.Equal([1, 0], Directions(ReadAll(Pcap(101, [Packet, answer]), out _, many)));

        static IEnumerable<int> Directions(List<PacketRecord> packets) => packets.Select(p => (int)p.Direction);
    }

    [Fact]
    public void ACutOffEndIsWarnedOfWithItsOffset()
    {
        byte[] pcap = Pcap(101, [Packet, Packet]);
        byte[] pcapng = new Writer().Section().Interface(101).Enhanced(0, 1, Packet).Enhanced(0, 1, Packet).ToArray();
        foreach ((byte[] file, int last) in new[] { (pcap, 24 + 52), (pcapng, pcapng.Length - 68) })
        {
            for (int length = last + 1; length < file.Length; length++)
            {
                var warnings = new List<CaptureWarning>();
                Assert.Single(ReadAll(file[..length], out _, new CaptureOptions { Warn = warnings.Add }));
                CaptureWarning warning = Assert.Single(warnings);
                Assert.Equal((CaptureWarningKind.Truncated, last), (warning.Kind, warning.Offset));
                Assert.Contains($"byte {last}", warning.Message);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatTheCaptureItselfSaysWasDroppedIsWarnedOfOncePerFile(bool bigEndian)
    {
        byte[] Number(ulong value)
        {
            var writer = new Writer(bigEndian);
            writer.U64(value);
            return writer.ToArray();
        }

        void Statistics(Writer body, ulong byInterface, ulong bySystem)
        {
            body.U32(0);
            body.U64(0);
            body.U16(5);
            body.U16(8);
            body.Bytes(Number(byInterface));
            body.U16(7);
            body.U16(8);
            body.Bytes(Number(bySystem));
        }

        var file = new Writer(bigEndian);
        file.Section().Interface(101).Interface(101)
            .Enhanced(0, 1, Packet, (2, Number(0)[..4]), (4, Number(30)))
            .Block(5, body => Statistics(body, 5, 10))
            .Enhanced(1, 1, Packet, (4, Number(3)))
            .Block(5, body => Statistics(body, 30, 40))
            .Section().Interface(101).Enhanced(0, 1, Packet, (4, Number(4)));
        var warnings = new List<CaptureWarning>();
        Assert.Equal(3, ReadAll(file.ToArray(), out _, new CaptureOptions { Warn = warnings.Add }).Count);
        CaptureWarning warning = Assert.Single(warnings);
        Assert.Equal(CaptureWarningKind.Dropped, warning.Kind);
        Assert.Equal(
            "test.pcap: the capture itself says that 77 packets were dropped while it was made; they are not counted.",
            warning.Message);
    }

    [Fact]
    public void ASecondFileBehindTheFirstIsNamedWithItsPlace()
    {
        byte[] pcap = Pcap(101, [Packet, Packet]), swapped = Pcap(1, [Ethernet(Packet)], bigEndian: true);
        byte[] pcapng = new Writer().Section().Interface(101).Enhanced(0, 1, Packet).ToArray();
        foreach ((byte[] first, byte[] second) in new[]
        {
            (pcap, pcap), (pcap, swapped), (swapped, pcap), (pcap, Pcap(101, [Packet], nanoseconds: true)),
            (pcap, pcapng), (swapped, pcapng), (pcapng, pcap), (pcapng, swapped),
        })
        {
            var warnings = new List<CaptureWarning>();
            var error = Assert.Throws<CaptureFormatException>(
                () => ReadAll([.. first, .. second], out _, new CaptureOptions { Warn = warnings.Add }));
            Assert.Equal((long)first.Length, error.Offset);
            Assert.StartsWith("test.pcap: a second capture file begins here", error.Message, StringComparison.Ordinal);
            Assert.EndsWith($"(at byte {first.Length}).", error.Message, StringComparison.Ordinal);
            Assert.Empty(warnings);
        }
    }

    [Fact]
    public void AnEmptyFileIsAWarningAndACutOffHeaderToo()
    {
        var warnings = new List<CaptureWarning>();
        var options = new CaptureOptions { Warn = warnings.Add };
        Assert.Empty(ReadAll([], out _, options));
        Assert.Empty(ReadAll(Pcap(101, [])[..10], out _, options));
        Assert.Equal([CaptureWarningKind.Empty, CaptureWarningKind.Truncated], warnings.Select(w => w.Kind));
    }

    [Fact]
    public void WhatIsNoCaptureShowsItsFirstBytes()
    {
        var error = Assert.Throws<CaptureFormatException>(() => ReadAll("Hello, world, I am text"u8.ToArray(), out _));
        Assert.Equal(ErrorKind.NotACapture, error.Kind);
        Assert.Contains("48656C6C6F2C20776F726C642C204920 \"Hello, world, I \"", error.Message);
        Assert.Contains("zstd", Assert.Throws<CaptureFormatException>(() => ReadAll([0x28, 0xb5, 0x2f, 0xfd, 0],
            out _)).Message);
        Assert.Equal(ErrorKind.NotACapture, Assert.Throws<CaptureFormatException>(() => ReadAll([7],
            out _)).Kind);
    }

    [Fact]
    public void UnsupportedLinkTypesAreNamed()
    {
        var error = Assert.Throws<CaptureFormatException>(() => ReadAll(Pcap(127, [Packet]), out _));
        Assert.Equal(ErrorKind.UnsupportedLinkType, error.Kind);
        Assert.Contains("127 (IEEE802_11_RADIOTAP)", error.Message);
        byte[] alone = new Writer().Section().Interface(189).Enhanced(0, 1, Packet).ToArray();
        Assert.Contains("189 (USB_LINUX)", Assert.Throws<CaptureFormatException>(() => ReadAll(alone, out _)).Message);
        var warnings = new List<CaptureWarning>();
        byte[] among = new Writer().Section().Interface(189).Interface(101)
            .Enhanced(0, 1, Packet).Enhanced(0, 1, Packet).Enhanced(1, 1, Packet).ToArray();
        Assert.Single(ReadAll(among, out CaptureReader reader, new CaptureOptions { Warn = warnings.Add }));
        Assert.Equal(CaptureWarningKind.UnsupportedLinkType, Assert.Single(warnings).Kind);
        Assert.Equal(2, reader.PacketsSkipped);
    }

    [Fact]
    public void DamageIsReportedAfterWhatWasReadBeforeItWasHandedOn()
    {
        byte[] pcap = Pcap(101, [Packet, Packet, Packet]);
        pcap[24 + (2 * 52) + 11] = 0x7f;
        byte[] pcapng = new Writer().Section().Interface(101).Enhanced(0, 1, Packet).Enhanced(0, 1, Packet).Enhanced(0,
            1, Packet).ToArray();
        pcapng[^1] = 1;
        byte[] gzip = Gzip(Pcap(101, [.. Enumerable.Repeat(Packet, 50_000)]));
        gzip[^3] ^= 0x55;
        (byte[] File, int Packets, long Offset)[] rows =
            [(pcap, 2, 24 + (2 * 52)), (pcapng, 2, pcapng.Length - 68), (gzip, 1, -1)];
        Assert.All(rows, row =>
        {
            using var reader = new CaptureReader(new MemoryStream(row.File), "x.pcap");
            var packets = new PacketRecord[1000];
            int count = 0;
            CaptureFormatException? error = null;
            while (error is null)
            {
                try
                {
                    int read = reader.Read(packets);
                    Assert.NotEqual(0, read);
                    count += read;
                }
                catch (CaptureFormatException e)
                {
                    error = e;
                }
            }

            Assert.Equal(ErrorKind.DamagedCapture, error.Kind);
            Assert.True(count >= row.Packets && (row.Offset < 0 || count == row.Packets));
            Assert.True(row.Offset < 0 || error.Offset == row.Offset);
            Assert.StartsWith("x.pcap: ", error.Message);
            Assert.Throws<CaptureFormatException>(() => reader.Read(packets));
        });
    }

    [Fact]
    public void ABlockOrARecordThatClaimsFourGibibytesAllocatesNothingLikeIt()
    {
        byte[] block = [.. new Writer().Section().ToArray(), 0xad, 0x0b, 0, 0, 0xfc, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0,
            0];
        byte[] record = Pcap(101, [Packet], snapLength: 262_144);
        record.AsSpan(16, 4).Fill(0xff);
        record.AsSpan(32, 4).Fill(0xff);
        byte[] packetBlock = new Writer().Section().Interface(101).Enhanced(0, 1, Packet).ToArray();
        packetBlock.AsSpan(packetBlock.Length - 64, 4).Fill(0xfc);
        Assert.All([block, record, packetBlock], file =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            int got = 0;
            Exception? error = Record.Exception(() => got = ReadAll(file, out _).Count);
            Assert.True(error is null or CaptureFormatException, error?.ToString());
            Assert.Equal(0, got);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
        });
    }

    [Fact]
    public void ReadingAllocatesNothingPerPacket()
    {
        byte[] file = Pcap(1, [.. Enumerable.Repeat(Ethernet(Packet, 0x8100), 20_000)]);
        ReadAll(file, out _);
        var packets = new PacketRecord[1000];
        int count = 0;
        long least = long.MaxValue;
        for (int run = 0; run < 10 && least > 0; run++)
        {
            using var reader = new CaptureReader(new MemoryStream(file), "x");
            count = reader.Read(packets);
            least = Math.Min(least, Fakes.Allocation.Least(ReadOn, tries: 1));

            void ReadOn()
            {
                for (int read; (read = reader.Read(packets)) > 0;)
                {
                    count += read;
                }
            }
        }

        Assert.Equal(0, least);
        Assert.Equal(20_000, count);
    }

    [Fact]
    public async Task APipeIsReadAndItsWaitCanBeCancelled()
    {
        string path = Path.Combine(Path.GetTempPath(), $"tunstats-{Guid.NewGuid():n}");
        using (var make = System.Diagnostics.Process.Start("mkfifo", path))
        {
            await make.WaitForExitAsync();
        }

        try
        {
            using (CaptureReader reader = CaptureReader.Open(path))
            using (var cancel = new CancellationTokenSource())
            {
                Task<int> waiting = Task.Run(() => reader.Read(new PacketRecord[1], cancel.Token));
                cancel.Cancel();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            }

            using (CaptureReader reader = CaptureReader.Open(path))
            {
                Task writer = File.WriteAllBytesAsync(path, Gzip(Pcap(101, [Packet, Packet])));
                Assert.Null(reader.Length);
                var packets = new PacketRecord[10];
                Assert.Equal(2, await Task.Run(() => reader.Read(packets)));
                Assert.Equal(AToB, packets[1].Key.ToString());
                await writer;
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void StandardInputStaysOpenWhateverIsClosed()
    {
        int before = Libc.fcntl(StandardDescriptors.Input, SocketConstants.F_GETFD);
        Assert.True(before >= 0, "The test process has no standard input.");
        using (CaptureReader reader = CaptureReader.Open("-"))
        {
            Assert.Equal(("standard input", null), (reader.FileName, reader.Length));
        }

        Assert.Equal(before, Libc.fcntl(StandardDescriptors.Input, SocketConstants.F_GETFD));
    }

    [Fact]
    public void FilesThatCannotBeOpenedSayWhy()
    {
        Assert.Contains("no file",
            Assert.Throws<FileNotFoundException>(() => CaptureReader.Open("/nowhere/x.pcap")).Message);
        Assert.Contains("directory", Assert.Throws<IOException>(() => CaptureReader.Open("/")).Message);
    }

    [Fact]
    public void AFileReportsItsLengthAndHowMuchWasRead()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Pcap(101, [Packet]));
            using CaptureReader reader = CaptureReader.Open(path);
            Assert.Equal(1, reader.Read(new PacketRecord[5]));
            Assert.Equal(0, reader.Read(new PacketRecord[5]));
            Assert.Equal((76, 76), (reader.Length, reader.BytesRead));
        }
        finally
        {
            File.Delete(path);
        }
    }

    internal static List<PacketRecord> ReadAll(byte[] file, out CaptureReader reader, CaptureOptions? options = null)
    {
        reader = new CaptureReader(new MemoryStream(file), "test.pcap", options);
        using CaptureReader opened = reader;
        var all = new List<PacketRecord>();
        var packets = new PacketRecord[7];
        for (int read; (read = reader.Read(packets)) > 0;)
        {
            all.AddRange(packets[..read]);
        }

        return all;
    }
}
