using System;
using System.Buffers.Binary;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;
using static TunStats.Interop.ConntrackConstants;

namespace TunStats.Conntrack;

/// <summary>Reads the messages of ctnetlink. Unknown attributes are skipped.</summary>
internal static class ConntrackMessage
{
    internal const ushort Get = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET;
    internal const ushort Entry = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW;
    internal const ushort Ended = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_DELETE;

    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>Reads one connection.</summary>
    /// <returns>False if the message lacks one of the tuples or its addresses.</returns>
    /// <exception cref="NetlinkException">A length in it is invalid.</exception>
    internal static bool TryParse(scoped in NetlinkMessage message, out ConntrackEntry entry)
    {
        _ = message.ReadFixed<nfgenmsg>(out ReadOnlySpan<byte> attributes);
        var reader = new NetlinkAttributeReader(attributes);
        ConntrackTuple original = default, reply = default;
        ushort zone = 0;
        uint id = 0;
        FlowCounts counts = default;
        bool hasCounts = false;
        NanoTime? start = null, stop = null;
        while (reader.Read())
        {
            switch (reader.Type)
            {
                case CTA_TUPLE_ORIG:
                    original = ReadTuple(reader.Value);
                    break;
                case CTA_TUPLE_REPLY:
                    reply = ReadTuple(reader.Value);
                    break;
                case CTA_COUNTERS_ORIG:
                    (counts.TxPackets, counts.TxBytes) = ReadCounters(reader.Value);
                    hasCounts = true;
                    break;
                case CTA_COUNTERS_REPLY:
                    (counts.RxPackets, counts.RxBytes) = ReadCounters(reader.Value);
                    hasCounts = true;
                    break;
                case CTA_ZONE:
                    zone = ReadUInt16(reader, nameof(CTA_ZONE));
                    break;
                case CTA_ID:
                    id = BinaryPrimitives.ReverseEndianness(reader.ReadNumber<uint>(nameof(CTA_ID)));
                    break;
                case CTA_TIMESTAMP:
                    (start, stop) = ReadTimes(reader.Value);
                    break;
                default:
                    break;
            }
        }

        entry = new ConntrackEntry(original, reply, zone, id, counts, hasCounts, start, stop);
        return IsWhole(original) && IsWhole(reply);
    }

    private static bool IsWhole(in ConntrackTuple tuple) => tuple.Source.IsValid && tuple.Destination.IsValid;

    private static ConntrackTuple ReadTuple(ReadOnlySpan<byte> nested)
    {
        var reader = new NetlinkAttributeReader(nested);
        IpAddr source = default, destination = default;
        byte protocol = 0;
        ushort sourcePort = 0, destinationPort = 0;
        while (reader.Read())
        {
            if (reader.Type == CTA_TUPLE_IP)
            {
                ReadAddresses(reader.Value, out source, out destination);
            }
            else if (reader.Type == CTA_TUPLE_PROTO)
            {
                ReadProtocol(reader.Value, out protocol, out sourcePort, out destinationPort);
            }
        }

        return new ConntrackTuple(
            protocol, new AddrPort(source, sourcePort), new AddrPort(destination, destinationPort));
    }

    private static void ReadAddresses(ReadOnlySpan<byte> nested, out IpAddr source, out IpAddr destination)
    {
        var reader = new NetlinkAttributeReader(nested);
        source = destination = default;
        while (reader.Read())
        {
            switch (reader.Type)
            {
                case CTA_IP_V4_SRC:
                    source = ReadAddress(reader, nameof(CTA_IP_V4_SRC), 4);
                    break;
                case CTA_IP_V4_DST:
                    destination = ReadAddress(reader, nameof(CTA_IP_V4_DST), 4);
                    break;
                case CTA_IP_V6_SRC:
                    source = ReadAddress(reader, nameof(CTA_IP_V6_SRC), 16);
                    break;
                case CTA_IP_V6_DST:
                    destination = ReadAddress(reader, nameof(CTA_IP_V6_DST), 16);
                    break;
                default:
                    break;
            }
        }
    }

    private static void ReadProtocol(
        ReadOnlySpan<byte> nested, out byte protocol, out ushort sourcePort, out ushort destinationPort)
    {
        var reader = new NetlinkAttributeReader(nested);
        protocol = 0;
        sourcePort = destinationPort = 0;
        while (reader.Read())
        {
            switch (reader.Type)
            {
                case CTA_PROTO_NUM:
                    protocol = reader.ReadNumber<byte>(nameof(CTA_PROTO_NUM));
                    break;
                case CTA_PROTO_SRC_PORT:
                    sourcePort = ReadUInt16(reader, nameof(CTA_PROTO_SRC_PORT));
                    break;
                case CTA_PROTO_DST_PORT:
                    destinationPort = ReadUInt16(reader, nameof(CTA_PROTO_DST_PORT));
                    break;
                case CTA_PROTO_ICMP_ID or CTA_PROTO_ICMPV6_ID:
                    // Set on both ends, so that the reply's tuple mirrors the original one.
                    sourcePort = destinationPort = ReadUInt16(reader, nameof(CTA_PROTO_ICMP_ID));
                    break;
                default:
                    break;
            }
        }
    }

    private static IpAddr ReadAddress(scoped in NetlinkAttributeReader reader, string name, int length)
    {
        if (reader.Value.Length < length)
        {
            NetlinkThrow.AttributeValue(name, reader.Value.Length, length);
        }

        return new IpAddr(reader.Value[..length]);
    }

    private static (ulong Packets, ulong Bytes) ReadCounters(ReadOnlySpan<byte> nested)
    {
        var reader = new NetlinkAttributeReader(nested);
        ulong packets = 0, bytes = 0;
        while (reader.Read())
        {
            if (reader.Type == CTA_COUNTERS_PACKETS)
            {
                packets = ReadUInt64(reader, nameof(CTA_COUNTERS_PACKETS));
            }
            else if (reader.Type == CTA_COUNTERS_BYTES)
            {
                bytes = ReadUInt64(reader, nameof(CTA_COUNTERS_BYTES));
            }
        }

        return (packets, bytes);
    }

    private static (NanoTime? Start, NanoTime? Stop) ReadTimes(ReadOnlySpan<byte> nested)
    {
        var reader = new NetlinkAttributeReader(nested);
        NanoTime? start = null, stop = null;
        while (reader.Read())
        {
            if (reader.Type == CTA_TIMESTAMP_START)
            {
                start = ReadTime(ReadUInt64(reader, nameof(CTA_TIMESTAMP_START)));
            }
            else if (reader.Type == CTA_TIMESTAMP_STOP)
            {
                stop = ReadTime(ReadUInt64(reader, nameof(CTA_TIMESTAMP_STOP)));
            }
        }

        return (start, stop);
    }

    /// <summary>Nanoseconds since 1970; 64 bits last until the year 2554.</summary>
    private static NanoTime? ReadTime(ulong nanoseconds) => nanoseconds == 0
        ? null
        : NanoTime.FromUnix((long)(nanoseconds / NanosPerSecond), (int)(nanoseconds % NanosPerSecond));

    private static ushort ReadUInt16(scoped in NetlinkAttributeReader reader, string name) =>
        BinaryPrimitives.ReverseEndianness(reader.ReadNumber<ushort>(name));

    private static ulong ReadUInt64(scoped in NetlinkAttributeReader reader, string name) =>
        BinaryPrimitives.ReverseEndianness(reader.ReadNumber<ulong>(name));
}
