using System.Globalization;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>The key of a group: an address or a number, depending on the grouping.</summary>
internal readonly record struct FlowGroupKey
{
    private const int NumberOfRest = -1;

    private readonly IpAddr _address;
    private readonly int _number;

    private FlowGroupKey(in IpAddr address, int number) => (_address, _number) = (address, number);

    /// <summary>The group of the connections beyond the capacity.</summary>
    internal static FlowGroupKey Rest => new(default, NumberOfRest);

    internal bool IsRest => _number == NumberOfRest;

    internal IpAddr Address => _address;

    internal IpProtocol Protocol => new((byte)_number);

    internal int Port => _number >> 8;

    internal FlowClass Class => (FlowClass)_number;

    internal static FlowGroupKey Of(in IpAddr address) => new(address, 0);

    internal static FlowGroupKey Of(FlowClass flowClass) => new(default, (int)flowClass);

    internal static FlowGroupKey Of(IpProtocol protocol, int port = 0) => new(default, (port << 8) | protocol.Number);

    /// <summary>
    /// The group of a connection; for hosts that of its source. The sum of connections beyond the capacity has no ends
    /// and is a group of its own.
    /// </summary>
    internal static FlowGroupKey Of(FlowGrouping groupBy, in FlowValues flow, FlowClass flowClass) =>
        !flow.Source.IsValid && !flow.Destination.IsValid ? Rest : groupBy switch
        {
            FlowGrouping.Host => Of(flow.Source.Address),
            FlowGrouping.Peer => Of(flow.Destination.Address),
            FlowGrouping.Port => Of(flow.Protocol, flow.ServicePort),
            FlowGrouping.Class => Of(flowClass),
            _ => Of(flow.Protocol),
        };

    /// <summary>The text for the user.</summary>
    internal string ToText(FlowGrouping groupBy) => IsRest ? "" : groupBy switch
    {
        FlowGrouping.Host or FlowGrouping.Peer => _address.ToString(),
        FlowGrouping.Class => FlowClassNames.Of(Class),
        FlowGrouping.Port when Port != 0 =>
            string.Create(CultureInfo.InvariantCulture, $"{Port}/{Protocol.DisplayName}"),
        _ => Protocol.DisplayName,
    };
}
