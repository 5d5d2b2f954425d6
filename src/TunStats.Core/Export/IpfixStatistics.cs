using System;
using System.Buffers.Binary;
using System.Threading;

namespace TunStats.Export;

/// <summary>
/// Totals since the exporter started, for its option records: what was sent, and what was dropped before it could be.
/// </summary>
internal sealed class IpfixStatistics
{
    private const int CountersLength = 4 + (3 * 8);

    private long _messages;
    private long _flows;
    private long _octets;
    private long _notSentFlows;
    private long _notSentPackets;
    private long _notSentOctets;

    /// <summary>Flow records that were sent.</summary>
    internal long Flows => Interlocked.Read(ref _flows);

    /// <summary>Messages that were sent.</summary>
    internal long Messages => Interlocked.Read(ref _messages);

    /// <summary>Bytes of these messages.</summary>
    internal long Octets => Interlocked.Read(ref _octets);

    /// <summary>Counts a message.</summary>
    internal void CountSent(int octets, int flows)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _flows, flows);
        Interlocked.Add(ref _octets, octets);
    }

    /// <summary>Counts flows that are lost; on any thread.</summary>
    internal void CountNotSent(long flows, long packets, long octets)
    {
        Interlocked.Add(ref _notSentFlows, flows);
        Interlocked.Add(ref _notSentPackets, packets);
        Interlocked.Add(ref _notSentOctets, octets);
    }

    /// <summary>Writes both option records.</summary>
    internal void WriteTo(IpfixMessageWriter writer, uint domain)
    {
        Write(writer.AddRecord(IpfixTemplates.ExportStatistics, CountersLength), domain,
            Messages, Flows, Octets);
        Write(writer.AddRecord(IpfixTemplates.ExportReliability, CountersLength), (uint)Environment.ProcessId,
            Interlocked.Read(ref _notSentFlows), Interlocked.Read(ref _notSentPackets),
            Interlocked.Read(ref _notSentOctets));
    }

    private static void Write(Span<byte> record, uint scope, long first, long second, long third)
    {
        BinaryPrimitives.WriteUInt32BigEndian(record, scope);
        BinaryPrimitives.WriteInt64BigEndian(record[4..], first);
        BinaryPrimitives.WriteInt64BigEndian(record[12..], second);
        BinaryPrimitives.WriteInt64BigEndian(record[20..], third);
    }
}
