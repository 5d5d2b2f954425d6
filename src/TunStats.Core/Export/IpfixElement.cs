namespace TunStats.Export;

/// <summary>A field of an IPFIX template: an information element and the length of its values.</summary>
/// <param name="Id">The number of the element, in IANA's registry or in that of the enterprise.</param>
/// <param name="Length">Bytes of a value; <see cref="Variable"/> where each value brings its length along.</param>
/// <param name="Enterprise">The private enterprise number; 0 for IANA's elements.</param>
internal readonly record struct IpfixElement(ushort Id, ushort Length, uint Enterprise = 0)
{
    /// <summary>The length that stands for "each value brings its own" (RFC 7011, section 7).</summary>
    internal const ushort Variable = 0xffff;

    /// <summary>The longest text in a record, in bytes: its length then takes one byte.</summary>
    internal const int MaxTextBytes = 254;

    // Names of the IANA registry "IPFIX Information Elements".
    internal static readonly IpfixElement OctetDeltaCount = new(1, 8);
    internal static readonly IpfixElement PacketDeltaCount = new(2, 8);
    internal static readonly IpfixElement ProtocolIdentifier = new(4, 1);
    internal static readonly IpfixElement SourceTransportPort = new(7, 2);
    internal static readonly IpfixElement SourceIPv4Address = new(8, 4);
    internal static readonly IpfixElement DestinationTransportPort = new(11, 2);
    internal static readonly IpfixElement DestinationIPv4Address = new(12, 4);
    internal static readonly IpfixElement SourceIPv6Address = new(27, 16);
    internal static readonly IpfixElement DestinationIPv6Address = new(28, 16);
    internal static readonly IpfixElement ExportedOctetTotalCount = new(40, 8);
    internal static readonly IpfixElement ExportedMessageTotalCount = new(41, 8);
    internal static readonly IpfixElement ExportedFlowRecordTotalCount = new(42, 8);
    internal static readonly IpfixElement FlowDirection = new(61, 1);
    internal static readonly IpfixElement InterfaceName = new(82, Variable);
    internal static readonly IpfixElement ExportingProcessId = new(144, 4);
    internal static readonly IpfixElement ObservationDomainId = new(149, 4);
    internal static readonly IpfixElement FlowStartMilliseconds = new(152, 8);
    internal static readonly IpfixElement FlowEndMilliseconds = new(153, 8);
    internal static readonly IpfixElement NotSentFlowTotalCount = new(166, 8);
    internal static readonly IpfixElement NotSentPacketTotalCount = new(167, 8);
    internal static readonly IpfixElement NotSentOctetTotalCount = new(168, 8);
    internal static readonly IpfixElement InformationElementId = new(303, 2);
    internal static readonly IpfixElement InformationElementDataType = new(339, 1);
    internal static readonly IpfixElement InformationElementDescription = new(340, Variable);
    internal static readonly IpfixElement InformationElementName = new(341, Variable);
    internal static readonly IpfixElement InformationElementRangeBegin = new(342, 8);
    internal static readonly IpfixElement InformationElementRangeEnd = new(343, 8);
    internal static readonly IpfixElement InformationElementSemantics = new(344, 1);
    internal static readonly IpfixElement InformationElementUnits = new(345, 2);
    internal static readonly IpfixElement PrivateEnterpriseNumber = new(346, 4);
}
