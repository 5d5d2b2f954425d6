using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TunStats.Packets.PacketParser;

namespace TunStats.Packets;

/// <summary>
/// Reads what nearly all packets are: IPv4 without options, or IPv6 without extension headers, whole and no fragment.
/// Packets of both families and of several protocols come in an order that no branch predictor can learn, so that the
/// offsets come from arithmetic and the protocol's rules from a table; every doubt leads to one branch, rarely taken.
/// </summary>
internal static unsafe class PlainPacket
{
    // What is read without looking at the protocol: IPv6's addresses end at byte 40, and byte 13 of the transport's
    // header has TCP's flags.
    private const int Captured4 = 40;
    private const int Captured6 = 54;

    // A rule: the least length of a packet of the protocol, what is to be read of its transport header, and, for ICMP,
    // the type of an echo request. Protocols with further rules are left to the complete parser.
    private const int LeastLengthMask = 0xff;
    private const int HasPorts = 8;
    private const int HasFlags = 9;
    private const int HasEcho = 10;
    private const int EchoTypeShift = 16;
    private const int Doubtful = int.MinValue;
    private const int PerFamily = 256;

    private static readonly int[] Rules = CreateRules();

    /// <summary>Reads a packet into a record's key and marks.</summary>
    /// <param name="packet">What was captured, from the IP header on.</param>
    /// <param name="captured">How many bytes that are.</param>
    /// <param name="length">The packet's length on the wire, in bytes.</param>
    /// <param name="record">Takes key, flags and marks; what it holds after false is not defined.</param>
    /// <returns>False where the packet is another one than this can read.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead(byte* packet, int captured, int length, PacketRecord* record)
    {
        if (captured < Captured4)
        {
            return false;
        }

        // 4 is 0100 and 6 is 0110: one bit tells them apart, and whatever is neither is a doubt.
        int version = packet[0];
        int six = (version >> 5) & 1;
        if (captured < Captured4 + (six * (Captured6 - Captured4)))
        {
            return false;
        }

        ulong only6 = 0UL - (ulong)six;
        ulong low = only6 | uint.MaxValue;
        byte* transport = packet + 20 + (20 * six);
        byte protocol = packet[9 - (3 * six)];
        int rule = Unsafe.Add(
            ref MemoryMarshal.GetArrayDataReference(Rules), (six * PerFamily) + protocol);
        int declared = Read16(ref *packet, 2 + (2 * six)) + (40 * six);
        int otherVersion = (version & (0xff ^ (0x0f * six))) ^ (0x45 ^ (0x25 * six));
        int fragment = Read16(ref *packet, 6) & 0x1fff & (six - 1);
        int tooShort = rule | (length - declared) | (declared - 20) | (length - (rule & LeastLengthMask))
            | (length - captured);
        if ((otherVersion | fragment | (tooShort & Doubtful)) != 0)
        {
            return false;
        }

        ulong* key = (ulong*)&record->Key;
        key[0] = Read64(ref *packet, 8) & only6;
        key[1] = Read64(ref *packet, 8 + (8 * six)) & low;
        key[2] = Read64(ref *packet, 24) & only6;
        key[3] = Read64(ref *packet, 12 + (20 * six)) & low;
        uint ports = Read32(ref *transport, 0) & (0u - ((uint)(rule >> HasPorts) & 1));
        key[4] = FlowKey.Rest(ports, protocol, (IpFamily)(4 + (2 * six)));
        int isEcho = (rule >> HasEcho) & (transport[0] == (byte)(rule >> EchoTypeShift) ? 1 : 0);
        record->TcpFlags = (byte)(transport[TcpFlagsOffset] & (0 - ((rule >> HasFlags) & 1)));
        record->Marks = (byte)((isEcho & 1) * PacketRecord.EchoRequest);
        return true;
    }

    private static int[] CreateRules()
    {
        int[] rules = new int[2 * PerFamily];
        for (int protocol = 0; protocol < PerFamily; protocol++)
        {
            rules[protocol] = Rule(protocol, 20, Icmp, IcmpEcho);
            rules[PerFamily + protocol] = Rule(protocol, 40, Icmp6, Icmp6Echo);
        }

        rules[Igmp] = 20 + 8;
        rules[PerFamily + Ip6HopByHop] = Doubtful;
        rules[PerFamily + Ip6Fragment] = Doubtful;
        return rules;
    }

    private static int Rule(int protocol, int header, int icmp, int echo) => protocol switch
    {
        Tcp => (header + 20) | (1 << HasPorts) | (1 << HasFlags),
        Udp => (header + 8) | (1 << HasPorts),
        Sctp => (header + 12) | (1 << HasPorts),
        Tsmp or Fragment => Doubtful,
        _ when protocol == icmp => (header + 4) | (1 << HasEcho) | (echo << EchoTypeShift),
        _ => header,
    };
}
