using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Threading;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;

namespace TunStats.Export;

/// <summary>
/// Encodes network log messages as IPFIX and sends them. A connection becomes one record a direction, so that every
/// collector reads it: what went out from source to destination (flowDirection 1, egress), what came in the other way
/// round (0, ingress). Encoding a record allocates nothing.
/// </summary>
internal sealed class IpfixExporter
{
    private const int FixedLength = 38;
    private const byte Ingress = 0;
    private const byte Egress = 1;

    private readonly IpfixOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly IpfixTemplates _templates;
    private readonly IpfixMessageWriter _writer;
    private readonly IpfixTexts _texts;
    private readonly IpfixStatistics _statistics;
    private readonly uint _domain;
    private IIpfixConnection? _connection;
    private CancellationToken _cancellationToken;
    private bool _isAnnounced;
    private long _announcedAt;
    private int _messagesSince;

    /// <summary>An exporter; <see cref="Begin"/> gives it a connection.</summary>
    internal IpfixExporter(IpfixOptions options, IpfixStatistics statistics, TimeProvider timeProvider)
    {
        _options = options;
        _timeProvider = timeProvider;
        _statistics = statistics;
        _domain = options.ObservationDomain ?? DomainOf(Environment.MachineName, options.Tunnel);
        _templates = new IpfixTemplates(options.EnterpriseNumber);
        _writer = new IpfixMessageWriter(options.MessageBytes, _domain);
        _texts = new IpfixTexts(options.Tunnel, options.EnterpriseNumber != 0);
    }

    /// <summary>Whether everything that was written is sent.</summary>
    internal bool IsFlushed => _writer.Records == 0;

    /// <summary>The observation domain of a tunnel: the same at every start, another one for each tunnel.</summary>
    internal static uint DomainOf(string host, string tunnel) =>
        Math.Max(1, IO.Crc32.Append(0, System.Text.Encoding.UTF8.GetBytes($"{host}/{tunnel}")));

    /// <summary>Starts a stream: sequence numbers from 0, templates first.</summary>
    internal void Begin(IIpfixConnection connection)
    {
        _connection = connection;
        _writer.BeginStream();
        _isAnnounced = false;
    }

    /// <summary>Encodes a message's flows; full messages are sent.</summary>
    internal void Write(NetLogMessage message, CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        _texts.UseNodesOf(message);
        ulong start = Milliseconds(message.StartTime), end = Milliseconds(message.EndTime);
        foreach (FlowClass flowClass in NetLogMessage.Classes)
        {
            IReadOnlyList<ConnectionCounts> entries = message.Traffic(flowClass);
            if (entries is ConnectionCounts[] array)
            {
                foreach (ref readonly ConnectionCounts entry in array.AsSpan())
                {
                    Write(entry, start, end, flowClass);
                }

                continue;
            }

            for (int i = 0; i < entries.Count; i++)
            {
                Write(entries[i], start, end, flowClass);
            }
        }
    }

    /// <summary>Sends what is left of the last message.</summary>
    internal void Flush(CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        if (_writer.Records > 0)
        {
            Send();
        }
    }

    private static ulong Milliseconds(NanoTime time) =>
        time.UnixSeconds < 0 ? 0 : ((ulong)time.UnixSeconds * 1000) + ((ulong)time.Nanoseconds / 1_000_000);

    private void Write(in ConnectionCounts entry, ulong start, ulong end, FlowClass flowClass)
    {
        FlowCounts counts = entry.Counts;
        if ((counts.TxPackets | counts.TxBytes) != 0)
        {
            Write(new Flow(entry.SrcEndpoint, entry.DstEndpoint, entry.Protocol.Number, Egress, start, end,
                counts.TxPackets, counts.TxBytes), flowClass);
        }

        if ((counts.RxPackets | counts.RxBytes) != 0)
        {
            Write(new Flow(entry.DstEndpoint, entry.SrcEndpoint, entry.Protocol.Number, Ingress, start, end,
                counts.RxPackets, counts.RxBytes), flowClass);
        }
    }

    private void Write(in Flow flow, FlowClass flowClass)
    {
        IpAddr source = flow.Source.Address, destination = flow.Destination.Address;
        bool six = source.Is6 || destination.Is6;
        byte[] suffix = _texts.Suffix(flowClass);
        ReadOnlySpan<byte> sourceNode = default, destinationNode = default;
        ushort template = six ? IpfixTemplates.FlowIPv6 : IpfixTemplates.FlowIPv4;
        if (_texts.HasNodes)
        {
            template = six ? IpfixTemplates.NamedFlowIPv6 : IpfixTemplates.NamedFlowIPv4;
            sourceNode = _texts.NodeOf(source);
            destinationNode = _texts.NodeOf(destination);
        }

        int addresses = six ? 32 : 8;
        Span<byte> record = AddRecord(
            template, addresses + FixedLength + suffix.Length + sourceNode.Length + destinationNode.Length);
        WriteAddress(record[..(addresses / 2)], source);
        WriteAddress(record[(addresses / 2)..addresses], destination);
        record = record[addresses..];
        BinaryPrimitives.WriteUInt16BigEndian(record, flow.Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], flow.Destination.Port);
        record[4] = flow.Protocol;
        record[5] = flow.Direction;
        BinaryPrimitives.WriteUInt64BigEndian(record[6..], flow.Start);
        BinaryPrimitives.WriteUInt64BigEndian(record[14..], flow.End);
        BinaryPrimitives.WriteUInt64BigEndian(record[22..], flow.Bytes);
        BinaryPrimitives.WriteUInt64BigEndian(record[30..], flow.Packets);
        record = record[FixedLength..];
        suffix.CopyTo(record);
        sourceNode.CopyTo(record[suffix.Length..]);
        destinationNode.CopyTo(record[(suffix.Length + sourceNode.Length)..]);
    }

    /// <summary>
    /// No address becomes the unspecified one; an IPv4 address beside an IPv6 one becomes an IPv4-mapped one.
    /// </summary>
    private static void WriteAddress(Span<byte> destination, in IpAddr address)
    {
        if (destination.Length == 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)address.Low);
            return;
        }

        BinaryPrimitives.WriteUInt64BigEndian(destination, address.High);
        BinaryPrimitives.WriteUInt64BigEndian(
            destination[8..], address.Is4 ? 0xffff_0000_0000 | address.Low : address.Low);
    }

    private Span<byte> AddRecord(ushort template, int length)
    {
        if (_writer.IsEmpty)
        {
            Announce();
        }

        Span<byte> record;
        while ((record = _writer.AddRecord(template, length)).IsEmpty)
        {
            // What is announced may leave too little room.
            bool hasFlows = _writer.Flows > 0;
            Send();
            if (hasFlows)
            {
                Announce();
            }
        }

        return record;
    }

    /// <summary>Puts templates and statistics first where they are due.</summary>
    private void Announce()
    {
        bool isDue = _timeProvider.GetElapsedTime(_announcedAt) >= _options.TemplateInterval;
        bool isLossy = _connection!.IsLossy;
        if (_isAnnounced && !isDue && !(isLossy && _messagesSince >= _options.TemplateMessages))
        {
            return;
        }

        if (!_isAnnounced || isLossy)
        {
            _writer.AppendSets(_templates.Options);
            foreach (byte[] description in _templates.Descriptions)
            {
                description.CopyTo(_writer.AddRecord(IpfixTemplates.ElementDescription, description.Length));
            }

            _writer.AppendSets(_templates.Flows);
        }

        _statistics.WriteTo(_writer, _domain);
        _isAnnounced = true;
        _announcedAt = _timeProvider.GetTimestamp();
        _messagesSince = 0;
    }

    private void Send()
    {
        uint now = (uint)_timeProvider.GetUtcNow().ToUnixTimeSeconds();
        ReadOnlyMemory<byte> message = _writer.Complete(now);
        _connection!.Send(message, _cancellationToken);
        _statistics.CountSent(message.Length, _writer.Flows);
        _messagesSince++;
        _writer.Next();
    }

    private readonly record struct Flow(
        AddrPort Source,
        AddrPort Destination,
        byte Protocol,
        byte Direction,
        ulong Start,
        ulong End,
        ulong Packets,
        ulong Bytes);
}
