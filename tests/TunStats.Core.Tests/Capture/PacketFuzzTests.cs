using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using TunStats.Capture;
using TunStats.Flows;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Capture;

/// <summary>
/// Mutated inputs: no exception but the typed one, no endless reading, nothing read outside the input.
/// </summary>
public sealed partial class PacketFuzzTests
{
    private const int Bounded = 600_000;

    private static long Count(int bounded) =>
        long.TryParse(Environment.GetEnvironmentVariable("TUNSTATS_FUZZ"), CultureInfo.InvariantCulture, out long count)
            ? count
            : bounded;

    [Fact]
    public unsafe void TheParserReadsNothingOutsideItsSpan()
    {
        // The packet ends where a page ends whose neighbour may not be read: a byte too far ends the process.
        byte[][] seeds =
        [
            Udp("1.2.3.4:1", "5.6.7.8:2", 20, 6), Udp("[::1]:1", "[::2]:2"), Fragment6(),
            Jumbo("[::1]:1", "[::2]:2", 6, 100_000),
        ];
        using var guard = new GuardedMemory(4096);
        var random = new Random(1);
        long sum = 0;
        for (long i = 0, end = Count(10 * Bounded); i < end; i++)
        {
            byte[] seed = seeds[i % seeds.Length];
            int length = random.Next(seed.Length + 1);
            Span<byte> packet = guard.Last(length);
            seed.AsSpan(0, length).CopyTo(packet);
            Mutate(packet, random);
            int onTheWire = random.Next(4) == 0 ? random.Next(200_000) : length;
            FlowKey key = PacketParser.Parse(packet, onTheWire, out byte flags);
            sum += key.SourcePort + flags;
        }

        Assert.NotEqual(0, sum);
    }

    [Fact]
    public void TheShortWayThroughTheParserGivesWhatTheCompleteOneGives()
    {
        byte[][] seeds =
        [
            Udp("1.2.3.4:1", "5.6.7.8:2", 60, 6, 2), Udp("1.2.3.4:1", "5.6.7.8:2", 60), Udp("[::1]:1", "[::2]:2", 60),
            Udp("[1:2:3:4:5:6:7:8]:1", "[fd7a::9]:2", 60, 6, 0x12), Fragment6(), Echo("1.2.3.4:0", "5.6.7.8:0", 1, 8),
            Echo("[::1]:0", "[::2]:0", 58, 128), Echo("1.2.3.4:0", "5.6.7.8:0", 2, 0x11),
            Echo("1.2.3.4:0", "5.6.7.8:0", 132, 0), Echo("[::1]:0", "[::2]:0", 99, 0),
        ];
        byte[] protocols = [0, 1, 2, 6, 17, 44, 47, 50, 58, 99, 132, 255];
        var random = new Random(3);
        int plain = 0, echoes = 0;
        for (long i = 0, end = Count(3 * Bounded); i < end; i++)
        {
            byte[] packet = seeds[i % seeds.Length][..];
            packet[packet[0] >> 4 == 4 ? 9 : 6] = random.Next(3) == 0
                ? protocols[random.Next(protocols.Length)]
                : packet[packet[0] >> 4 == 4 ? 9 : 6];
            Mutate(packet.AsSpan(0, random.Next(2) == 0 ? Math.Min(10, packet.Length) : packet.Length), random);
            ReadOnlySpan<byte> captured = packet.AsSpan(0, random.Next(3) == 0
                ? random.Next(packet.Length + 1)
                : packet.Length);
            int length = random.Next(4) switch
            {
                0 => random.Next(120),
                1 => packet.Length + random.Next(2000),
                _ => packet.Length,
            };
            PacketRecord got = default, want = default;
            PacketParser.Read(captured, length, ref got);
            PacketParser.ReadAny(captured, length, ref want);
            Assert.True(
                (got.Key, got.TcpFlags, got.Marks) == (want.Key, want.TcpFlags, want.Marks),
                $"{Convert.ToHexString(captured)} of {length}: {got.Key}, but {want.Key}");
            plain += IsPlain(captured, length) ? 1 : 0;
            echoes += got.Marks;
        }

        Assert.True(plain > 1000 && echoes > 1000, $"{plain} packets took the short way; echo requests: {echoes}");
    }

    [Theory]
    [InlineData("10.1.2.3", "203.0.113.254")]
    [InlineData("fd7a:115c:a1e0::1", "2001:db8:1:2:3:4:5:6")]
    public unsafe void AddressesAreTheSameWithoutVectorInstructions(string source, string destination)
    {
        byte[] bytes = Udp(source, destination, 60);
        FlowKey key = PacketParser.Parse(bytes, bytes.Length, out _);
        ulong* numbers = stackalloc ulong[4];
        fixed (byte* packet = bytes)
        {
            PlainPacket.ReadAddressesAsNumbers(packet, source.Contains(':') ? 1u : 0, numbers);
        }

        Assert.Equal(
            (key._sourceHigh, key._sourceLow, key._destinationHigh, key._destinationLow),
            (numbers[0], numbers[1], numbers[2], numbers[3]));
        Assert.Equal(source, key.SourceAddress.ToString());
        Assert.Equal(destination, key.DestinationAddress.ToString());
    }

    private static unsafe bool IsPlain(ReadOnlySpan<byte> captured, int length)
    {
        PacketRecord record;
        fixed (byte* packet = captured)
        {
            return PlainPacket.TryRead(packet, captured.Length, length, &record);
        }
    }

    private static byte[] Echo(string source, string destination, byte protocol, byte type)
    {
        byte[] packet = Udp(source, destination, 60);
        bool is4 = packet[0] >> 4 == 4;
        packet[is4 ? 9 : 6] = protocol;
        packet[is4 ? 20 : 40] = type;
        return packet;
    }

    [Fact]
    public void TheReadersMeetMutatedFilesWithNothingButTheirTypedError()
    {
        byte[] packet = Udp("1.2.3.4:1", "5.6.7.8:2"), packet6 = Udp("[::1]:1", "[::2]:2");
        byte[][] seeds =
        [
            Pcap(101, [packet, packet6]),
            Pcap(1, [Ethernet(packet, 0x8100), Ethernet(packet6)], bigEndian: true, nanoseconds: true),
            Pcap(147, [[1, 0, 4, 1, 2, 3, 4, 0, .. packet]]),
            Pcap(113, [[0, 4, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, .. packet]]),
            new Writer().Section().Interface(101, (9, [9]), (2, "tun0"u8.ToArray())).Enhanced(0, 5, packet, (2, [1, 0,
                0, 0]))
                .Simple(packet).Obsolete(0, 7, packet6).Block(77, b => b.U64(5)).ToArray(),
            new Writer(true).Section().Interface(276).Interface(0).Enhanced(1, 5, [2, 0, 0, 0, .. packet]).ToArray(),
        ];
        var random = new Random(2);
        var records = new PacketRecord[16];
        long damaged = 0, packets = 0;
        for (long i = 0, end = Count(Bounded / 3); i < end; i++)
        {
            byte[] file = seeds[i % seeds.Length][..];
            Mutate(file, random);
            file = random.Next(5) == 0 ? file[..random.Next(file.Length)] : file;
            using var reader = new CaptureReader(new MemoryStream(file), "fuzz");
            try
            {
                int calls = 0;
                for (int read; (read = reader.Read(records)) > 0; packets += read)
                {
                    Assert.True(++calls < 100, "The reader does not come to an end.");
                }
            }
            catch (CaptureFormatException e)
            {
                Assert.InRange(e.Offset, 0, file.Length);
                damaged++;
            }
        }

        Assert.True(damaged > 0 && packets > 0);
    }

    private static byte[] Fragment6()
    {
        byte[] whole = Udp("[::1]:1", "[::2]:2");
        byte[] fragment = [.. whole[..40], 17, 0, 0, 1, 0, 0, 0, 0, .. whole[40..]];
        fragment[6] = 44;
        fragment[5] += 8;
        return fragment;
    }

    private static void Mutate(Span<byte> bytes, Random random)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        for (int i = random.Next(5); i > 0; i--)
        {
            int at = random.Next(bytes.Length);
            bytes[at] = random.Next(4) switch
            {
                0 => (byte)random.Next(256),
                1 => (byte)(bytes[at] ^ (1 << random.Next(8))),
                2 => 0xff,
                _ => 0,
            };
        }
    }

    /// <summary>Memory whose last byte has nothing readable behind it.</summary>
    private sealed unsafe partial class GuardedMemory : IDisposable
    {
        private readonly nuint _size;
        private readonly byte* _memory;

        internal GuardedMemory(nuint size)
        {
            const int None = 0, ReadWrite = 3, PrivateAnonymous = 0x22;
            _size = size;
            _memory = mmap(null, size * 2, ReadWrite, PrivateAnonymous, -1, 0);
            Assert.Equal(0, mprotect(_memory + size, size, None));
        }

        internal Span<byte> Last(int length) => new(_memory + _size - length, length);

        public void Dispose() => Assert.Equal(0, munmap(_memory, _size * 2));

        [LibraryImport("libc")]
        private static partial byte* mmap(void* address, nuint length, int protection, int flags, int descriptor,
            nint offset);

        [LibraryImport("libc")]
        private static partial int mprotect(void* address, nuint length, int protection);

        [LibraryImport("libc")]
        private static partial int munmap(void* address, nuint length);
    }
}
