using System.Buffers.Binary;
using System.Linq;
using System.Net;
using TunStats.Interop;
using static TunStats.Interop.ConntrackConstants;
using static TunStats.Tests.Fakes.NetlinkBytes;

namespace TunStats.Tests.Fakes;

/// <summary>Builds the bytes of ctnetlink.</summary>
internal static class ConntrackBytes
{
    internal const ushort New = 0x100;
    internal const ushort Delete = 0x102;

    /// <summary>A UDP connection; the reply's ends are the mirror by default.</summary>
    internal static byte[] Entry(
        ushort type,
        uint sequence,
        uint portId,
        string source,
        string destination,
        ulong[] counts,
        uint id = 1,
        ushort zone = 0,
        byte protocol = 17,
        string? replySource = null,
        string? replyDestination = null) =>
        Message(
            type,
            NetlinkConstants.NLM_F_MULTI,
            sequence,
            portId,
            Struct(new nfgenmsg { nfgen_family = 2 }),
            Tuple(CTA_TUPLE_ORIG, protocol, source, destination),
            Tuple(CTA_TUPLE_REPLY, protocol, replySource ?? destination, replyDestination ?? source),
            Counters(CTA_COUNTERS_ORIG, counts.Take(2).ToArray()),
            Counters(CTA_COUNTERS_REPLY, counts.Skip(2).ToArray()),
            Attribute(CTA_ZONE, Big16(zone)),
            Attribute(CTA_ID, Big32(id)),
            Attribute(4000, [1, 2, 3]));

    private static byte[] Tuple(ushort type, byte protocol, string source, string destination)
    {
        IPEndPoint from = IPEndPoint.Parse(source), to = IPEndPoint.Parse(destination);
        bool isIPv4 = from.Address.GetAddressBytes().Length == 4;
        byte[] addresses =
        [
            .. Attribute(isIPv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, from.Address.GetAddressBytes()),
            .. Attribute(isIPv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, to.Address.GetAddressBytes()),
        ];
        byte[] numbers = protocol == 1
            ? Attribute(CTA_PROTO_ICMP_ID, Big16((ushort)from.Port))
            : [
                .. Attribute(CTA_PROTO_SRC_PORT, Big16((ushort)from.Port)),
                .. Attribute(CTA_PROTO_DST_PORT, Big16((ushort)to.Port)),
            ];
        byte[] proto = [.. Attribute(CTA_PROTO_NUM, [protocol]), .. numbers];
        const ushort Nested = NetlinkConstants.NLA_F_NESTED;
        byte[] nested =
        [
            .. Attribute(Nested | CTA_TUPLE_IP, addresses),
            .. Attribute(Nested | CTA_TUPLE_PROTO, proto),
        ];
        return Attribute((ushort)(Nested | type), nested);
    }

    private static byte[] Counters(ushort type, ulong[] counts) => counts.Length == 0
        ? []
        : Attribute(
            (ushort)(NetlinkConstants.NLA_F_NESTED | type),
            [
                .. Attribute(CTA_COUNTERS_PACKETS, Big64(counts[0])),
                .. Attribute(CTA_COUNTERS_BYTES, Big64(counts[1])),
            ]);

    private static byte[] Big16(ushort value) => Struct(BinaryPrimitives.ReverseEndianness(value));

    private static byte[] Big32(uint value) => Struct(BinaryPrimitives.ReverseEndianness(value));

    private static byte[] Big64(ulong value) => Struct(BinaryPrimitives.ReverseEndianness(value));
}
