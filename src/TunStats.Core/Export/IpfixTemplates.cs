using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using static TunStats.Export.IpfixElement;

namespace TunStats.Export;

/// <summary>
/// The templates of an exporter and the sets that announce them. Flows have four: for IPv4 and IPv6, without and with
/// the names of nodes. Elements of the enterprise come last and describe themselves (RFC 5610).
/// </summary>
internal sealed class IpfixTemplates
{
    /// <summary>Set ids below this are those of templates.</summary>
    internal const ushort FirstDataSet = 256;

    internal const ushort FlowIPv4 = 256;
    internal const ushort FlowIPv6 = 257;
    internal const ushort NamedFlowIPv4 = 258;
    internal const ushort NamedFlowIPv6 = 259;
    internal const ushort ExportStatistics = 260;
    internal const ushort ExportReliability = 261;
    internal const ushort ElementDescription = 262;

    internal const ushort ClassElement = 1;
    internal const ushort SourceNodeElement = 2;
    internal const ushort DestinationNodeElement = 3;

    private const ushort TemplateSet = 2;
    private const ushort OptionsTemplateSet = 3;
    private const ushort EnterpriseBit = 0x8000;
    private const byte StringType = 13;
    private const byte DefaultSemantics = 0;

    private static readonly (ushort Id, string Name)[] OwnElements =
    [
        (ClassElement, "tunstatsClass"),
        (SourceNodeElement, "tunstatsSourceNode"),
        (DestinationNodeElement, "tunstatsDestinationNode"),
    ];

    /// <summary>The templates with elements of an enterprise; 0 leaves these elements out.</summary>
    internal IpfixTemplates(uint enterprise)
    {
        bool own = enterprise != 0;
        IpfixElement[] plain = own ? [InterfaceName, new(ClassElement, Variable, enterprise)] : [InterfaceName];
        IpfixElement[] named =
        [
            .. plain,
            new(SourceNodeElement, Variable, enterprise),
            new(DestinationNodeElement, Variable, enterprise),
        ];
        var sets = new SetBytes();
        sets.Begin(TemplateSet);
        sets.AddTemplate(FlowIPv4, [SourceIPv4Address, DestinationIPv4Address, .. FlowElements, .. plain]);
        sets.AddTemplate(FlowIPv6, [SourceIPv6Address, DestinationIPv6Address, .. FlowElements, .. plain]);
        if (own)
        {
            sets.AddTemplate(NamedFlowIPv4, [SourceIPv4Address, DestinationIPv4Address, .. FlowElements, .. named]);
            sets.AddTemplate(NamedFlowIPv6, [SourceIPv6Address, DestinationIPv6Address, .. FlowElements, .. named]);
        }

        sets.End();
        sets.Begin(OptionsTemplateSet);
        sets.AddOptionsTemplate(
            ExportStatistics,
            [ObservationDomainId],
            [ExportedMessageTotalCount, ExportedFlowRecordTotalCount, ExportedOctetTotalCount]);
        sets.AddOptionsTemplate(
            ExportReliability,
            [ExportingProcessId],
            [NotSentFlowTotalCount, NotSentPacketTotalCount, NotSentOctetTotalCount]);
        if (own)
        {
            sets.AddOptionsTemplate(
                ElementDescription,
                [PrivateEnterpriseNumber, InformationElementId],
                [InformationElementDataType, InformationElementSemantics, InformationElementName]);
        }

        sets.End();
        Announcement = sets.ToArray();
        Descriptions = own ? [.. Describe(enterprise)] : [];
    }

    /// <summary>The sets of all templates.</summary>
    internal byte[] Announcement { get; }

    /// <summary>Records of <see cref="ElementDescription"/>, one for each element of the enterprise.</summary>
    internal byte[][] Descriptions { get; }

    private static IpfixElement[] FlowElements =>
    [
        SourceTransportPort, DestinationTransportPort, ProtocolIdentifier, FlowDirection, FlowStartMilliseconds,
        FlowEndMilliseconds, OctetDeltaCount, PacketDeltaCount,
    ];

    private static IEnumerable<byte[]> Describe(uint enterprise)
    {
        foreach ((ushort id, string name) in OwnElements)
        {
            byte[] record = new byte[9 + name.Length];
            BinaryPrimitives.WriteUInt32BigEndian(record, enterprise);
            BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(4), id);
            record[6] = StringType;
            record[7] = DefaultSemantics;
            record[8] = (byte)name.Length;
            Encoding.ASCII.GetBytes(name, record.AsSpan(9));
            yield return record;
        }
    }

    /// <summary>Sets of templates while they are put together.</summary>
    private sealed class SetBytes
    {
        private readonly List<byte> _bytes = [];
        private int _start;

        internal byte[] ToArray() => [.. _bytes];

        internal void Begin(ushort id)
        {
            _start = _bytes.Count;
            Add(id);
            Add(0);
        }

        internal void End()
        {
            int length = _bytes.Count - _start;
            (_bytes[_start + 2], _bytes[_start + 3]) = ((byte)(length >> 8), (byte)length);
        }

        internal void AddTemplate(ushort id, IpfixElement[] fields)
        {
            Add(id);
            Add((ushort)fields.Length);
            AddFields(fields);
        }

        internal void AddOptionsTemplate(ushort id, IpfixElement[] scope, IpfixElement[] fields)
        {
            Add(id);
            Add((ushort)(scope.Length + fields.Length));
            Add((ushort)scope.Length);
            AddFields(scope);
            AddFields(fields);
        }

        private void AddFields(IpfixElement[] fields)
        {
            foreach (IpfixElement field in fields)
            {
                Add((ushort)(field.Id | (field.Enterprise == 0 ? 0 : EnterpriseBit)));
                Add(field.Length);
                if (field.Enterprise != 0)
                {
                    Add((ushort)(field.Enterprise >> 16));
                    Add((ushort)field.Enterprise);
                }
            }
        }

        private void Add(ushort value)
        {
            _bytes.Add((byte)(value >> 8));
            _bytes.Add((byte)value);
        }
    }
}
