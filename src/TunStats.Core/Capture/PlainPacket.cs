using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TunStats.Flows;
using TunStats.Net;
using static TunStats.Capture.PacketParser;

namespace TunStats.Capture;

/// <summary>
/// Reads nearly all packets: complete and unfragmented, IPv4 without options or IPv6 without extension headers. Their
/// families and protocols come in an order that no branch predictor can learn, so offsets come from arithmetic and the
/// rules of protocols from a table; all other packets leave by one rarely taken branch.
/// </summary>
internal static unsafe class PlainPacket
{
    // The bytes read for any protocol: IPv6's addresses end at byte 40, and byte 13 of the transport header has TCP's
    // flags.
    internal const int ReadableBytes = 54;
    private const int Captured4 = 40;

    // A rule describes a protocol: the minimum length of a packet; masks for TCP's flags and for the ports, 0 where
    // there are none; for ICMP the mark and the type of an echo request. Protocols with further rules are left to the
    // complete parser.
    private const int MinLengthMask = 0xff;
    private const int FlagsShift = 8;
    private const int EchoTypeShift = 16;
    private const int EchoMarkShift = 24;
    private const int PortsShift = 32;
    private const ulong AllPorts = 0xffff_ffffUL << PortsShift;
    private const ulong AllFlags = 0xffUL << FlagsShift;
    private const int Doubtful = int.MinValue;
    private const ulong DoubtfulRule = 0x8000_0000;
    private const int PerFamily = 256;

    private static readonly ulong[] Rules = CreateRules();
    private static readonly int[] Kinds = CreateKinds();

    /// <summary>
    /// Where the bytes of a key's two addresses come from: IPv4's in bytes 8 to 23 of the packet, IPv6's in bytes 8 to
    /// 23 and 24 to 39. 128 gives a zero.
    /// </summary>
    private static ReadOnlySpan<byte> Orders =>
    [
        128, 128, 128, 128, 128, 128, 128, 128, 7, 6, 5, 4, 128, 128, 128, 128,
        128, 128, 128, 128, 128, 128, 128, 128, 11, 10, 9, 8, 128, 128, 128, 128,
        7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8,
        7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8,
    ];

    /// <summary>Reads a packet into a record's key and marks.</summary>
    /// <param name="packet">The captured bytes from the IP header on.</param>
    /// <param name="captured">The number of captured bytes.</param>
    /// <param name="length">The packet's length on the wire, in bytes.</param>
    /// <param name="record">Receives key, flags and marks; undefined after false.</param>
    /// <returns>False if the complete parser is needed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead(byte* packet, int captured, int length, PacketRecord* record) =>
        captured >= Captured4
        && (captured >= ReadableBytes || (packet[0] & 0xf0) == 0x40)
        && TryReadHeld(packet, captured, length, record);

    /// <summary>
    /// The same where <see cref="ReadableBytes"/> bytes can be read, also if fewer of them are the packet's.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryReadHeld(byte* packet, int captured, int length, PacketRecord* record)
    {
        // The lowest bit is set for IPv6; the sign bit is a doubt here and in all that follows.
        int kind = Kinds[packet[0]];
        nuint six = (nuint)kind & 1;
        byte* transport = packet + 20 + (20 * six);
        byte protocol = packet[9 - (3 * six)];
        ulong rule = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Rules), (six * PerFamily) + protocol);
        int declared = Read16(ref packet[2 + (2 * six)], 0) + (40 * (int)six);
        int fragment = Read16(ref *packet, 6) & 0x1fff & ((int)six - 1);
        int needed = Captured4 + ((int)six * (ReadableBytes - Captured4));
        int doubts = kind | (int)rule | -fragment | (captured - needed) | (length - declared) | (declared - 20)
            | (length - (int)(rule & MinLengthMask)) | (length - captured);
        if (doubts < 0)
        {
            return false;
        }

        ulong* key = (ulong*)record;
        ReadAddresses(packet, six, key);
        uint ports = Read32(ref *transport, 0) & (uint)(rule >> PortsShift);
        key[4] = FlowKey.Rest(ports, protocol, (IpFamily)(4 + (2 * six)));

        // -1 where the type is that of an echo request, without a branch: ports may look like one.
        int isEcho = (int)((transport[0] ^ ((uint)(rule >> EchoTypeShift) & 0xff)) - 1) >> 31;
        record->TcpFlags = (byte)(transport[TcpFlagsOffset] & (uint)(rule >> FlagsShift));
        record->Marks = (byte)(isEcho & (int)(rule >> EchoMarkShift) & PacketRecord.EchoRequest);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadAddresses(byte* packet, nuint six, ulong* key)
    {
        if (Ssse3.IsSupported)
        {
            ref byte orders = ref Unsafe.Add(ref MemoryMarshal.GetReference(Orders), 32 * six);
            Vector128<byte> source = Ssse3.Shuffle(Vector128.Load(packet + 8), Vector128.LoadUnsafe(ref orders));
            Vector128<byte> destination = Ssse3.Shuffle(
                Vector128.Load(packet + 8 + (16 * six)), Vector128.LoadUnsafe(ref orders, 16));
            source.Store((byte*)key);
            destination.Store((byte*)(key + 2));
        }
        else
        {
            ReadAddressesAsNumbers(packet, six, key);
        }
    }

    /// <summary>The same for a processor without SSSE3.</summary>
    internal static void ReadAddressesAsNumbers(byte* packet, nuint six, ulong* key)
    {
        ulong only6 = 0UL - six, low = only6 | uint.MaxValue;
        key[0] = Read64(ref *packet, 8) & only6;
        key[1] = Read64(ref packet[8 + (8 * six)], 0) & low;
        key[2] = Read64(ref *packet, 24) & only6;
        key[3] = Read64(ref packet[12 + (20 * six)], 0) & low;
    }

    private static int[] CreateKinds()
    {
        int[] kinds = new int[256];
        Array.Fill(kinds, Doubtful);
        kinds[0x45] = 0;
        Array.Fill(kinds, 1, 0x60, 16);
        return kinds;
    }

    private static ulong[] CreateRules()
    {
        ulong[] rules = new ulong[2 * PerFamily];
        for (int protocol = 0; protocol < PerFamily; protocol++)
        {
            rules[protocol] = Rule(protocol, 20, Icmp, IcmpEcho);
            rules[PerFamily + protocol] = Rule(protocol, 40, Icmp6, Icmp6Echo);
        }

        rules[Igmp] = 20 + 8;
        rules[PerFamily + Ip6HopByHop] = DoubtfulRule;
        rules[PerFamily + Ip6Fragment] = DoubtfulRule;
        return rules;
    }

    private static ulong Rule(int protocol, uint header, int icmp, ulong echo) => protocol switch
    {
        Tcp => (header + 20) | AllPorts | AllFlags,
        Udp => (header + 8) | AllPorts,
        Sctp => (header + 12) | AllPorts,
        Tsmp or Fragment => DoubtfulRule,
        _ when protocol == icmp =>
            (header + 4) | (echo << EchoTypeShift) | ((ulong)PacketRecord.EchoRequest << EchoMarkShift),
        _ => header,
    };
}
