using System;
using System.Buffers.Binary;
using System.Collections.Generic;
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

    // Enterprise, element and type; semantics, units and range of a text are 0.
    private const int DescriptionHead = 4 + 2 + 1 + 1 + 2 + 8 + 8;

    private static readonly (ushort Id, string Name, string Description)[] OwnElements =
    [
        (ClassElement, "tunstatsClass", "virtual, subnet, exit or physical"),
        (SourceNodeElement, "tunstatsSourceNode", "name of the node with the source address"),
        (DestinationNodeElement, "tunstatsDestinationNode", "name of the node with the destination address"),
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
        var flows = new SetBytes();
        flows.Begin(TemplateSet);
        flows.AddTemplate(FlowIPv4, [SourceIPv4Address, DestinationIPv4Address, .. FlowElements, .. plain]);
        flows.AddTemplate(FlowIPv6, [SourceIPv6Address, DestinationIPv6Address, .. FlowElements, .. plain]);
        if (own)
        {
            flows.AddTemplate(NamedFlowIPv4, [SourceIPv4Address, DestinationIPv4Address, .. FlowElements, .. named]);
            flows.AddTemplate(NamedFlowIPv6, [SourceIPv6Address, DestinationIPv6Address, .. FlowElements, .. named]);
        }

        flows.End();
        Flows = flows.ToArray();

        var options = new SetBytes();
        options.AddOptionsTemplate(
            ExportStatistics,
            [ObservationDomainId],
            [ExportedMessageTotalCount, ExportedFlowRecordTotalCount, ExportedOctetTotalCount]);
        options.AddOptionsTemplate(
            ExportReliability,
            [ExportingProcessId],
            [NotSentFlowTotalCount, NotSentPacketTotalCount, NotSentOctetTotalCount]);
        if (own)
        {
            options.AddOptionsTemplate(
                ElementDescription,
                [PrivateEnterpriseNumber, InformationElementId],
                [
                    InformationElementDataType, InformationElementSemantics, InformationElementUnits,
                    InformationElementRangeBegin, InformationElementRangeEnd, InformationElementName,
                    InformationElementDescription,
                ]);
        }

        Options = options.ToArray();
        Descriptions = own ? [.. Describe(enterprise)] : [];
    }

    /// <summary>The sets of the options' templates.</summary>
    internal byte[] Options { get; }

    /// <summary>
    /// The set of the flows' templates. It comes after the descriptions, which readers apply to later templates.
    /// </summary>
    internal byte[] Flows { get; }

    /// <summary>Records of <see cref="ElementDescription"/>, one for each element of the enterprise.</summary>
    internal byte[][] Descriptions { get; }

    private static IpfixElement[] FlowElements =>
    [
        SourceTransportPort, DestinationTransportPort, ProtocolIdentifier, FlowDirection, FlowStartMilliseconds,
        FlowEndMilliseconds, OctetDeltaCount, PacketDeltaCount,
    ];

    private static IEnumerable<byte[]> Describe(uint enterprise)
    {
        foreach ((ushort id, string name, string description) in OwnElements)
        {
            byte[] head = new byte[DescriptionHead];
            BinaryPrimitives.WriteUInt32BigEndian(head, enterprise);
            BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(4), id);
            head[6] = StringType;
            yield return [.. head, .. IpfixTexts.Encode(name), .. IpfixTexts.Encode(description)];
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

        /// <summary>Adds a set of its own: nfacctd reads no more than one template of a set.</summary>
        internal void AddOptionsTemplate(ushort id, IpfixElement[] scope, IpfixElement[] fields)
        {
            Begin(OptionsTemplateSet);
            Add(id);
            Add((ushort)(scope.Length + fields.Length));
            Add((ushort)scope.Length);
            AddFields(scope);
            AddFields(fields);
            End();
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
