using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    private const int Captured4 = 40;
    private const int Captured6 = 54;

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

    /// <summary>Reads a packet into a record's key and marks.</summary>
    /// <param name="packet">The captured bytes from the IP header on.</param>
    /// <param name="captured">The number of captured bytes.</param>
    /// <param name="length">The packet's length on the wire, in bytes.</param>
    /// <param name="record">Receives key, flags and marks; undefined after false.</param>
    /// <returns>False if the complete parser is needed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead(byte* packet, int captured, int length, PacketRecord* record)
    {
        if (captured < Captured4)
        {
            return false;
        }

        // 4 is 0100 and 6 is 0110: one bit distinguishes them, and whatever is neither is a doubt.
        uint version = packet[0];
        nuint six = (version >> 5) & 1;
        if (captured < Captured4 + ((int)six * (Captured6 - Captured4)))
        {
            return false;
        }

        byte* transport = packet + 20 + (20 * six);
        byte protocol = packet[9 - (3 * six)];
        ulong rule = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Rules), (six * PerFamily) + protocol);
        int declared = Read16(ref packet[2 + (2 * six)], 0) + (40 * (int)six);
        uint otherVersion = (version & (0xff ^ (0x0f * (uint)six))) ^ (0x45 ^ (0x25 * (uint)six));
        uint fragment = Read16(ref *packet, 6) & 0x1fffu & ((uint)six - 1);
        int tooShort = (int)rule | (length - declared) | (declared - 20) | (length - (int)(rule & MinLengthMask))
            | (length - captured);
        if ((otherVersion | fragment | (uint)(tooShort & Doubtful)) != 0)
        {
            return false;
        }

        ulong only6 = 0UL - six;
        ulong low = only6 | uint.MaxValue;
        ulong* key = (ulong*)&record->Key;
        key[0] = Read64(ref *packet, 8) & only6;
        key[1] = Read64(ref packet[8 + (8 * six)], 0) & low;
        key[2] = Read64(ref *packet, 24) & only6;
        key[3] = Read64(ref *transport, -8) & low;
        uint ports = Read32(ref *transport, 0) & (uint)(rule >> PortsShift);
        key[4] = FlowKey.Rest(ports, protocol, (IpFamily)(4 + (2 * six)));
        uint isEcho = transport[0] == (byte)(rule >> EchoTypeShift) ? 0xffu : 0;
        record->TcpFlags = (byte)(transport[TcpFlagsOffset] & (uint)(rule >> FlagsShift));
        record->Marks = (byte)(isEcho & (uint)(rule >> EchoMarkShift) & PacketRecord.EchoRequest);
        return true;
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
