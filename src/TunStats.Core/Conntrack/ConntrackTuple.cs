using TunStats.Net;


namespace TunStats.Conntrack;

/// <summary>
/// One direction of a connection as connection tracking has it. For ICMP the "port" of the source is the echo's id:
/// two pings between the same hosts are two connections.
/// </summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Source">Where the packets of this direction come from.</param>
/// <param name="Destination">Where they go.</param>
public readonly record struct ConntrackTuple(IpProtocol Protocol, AddrPort Source, AddrPort Destination)
{
    /// <summary>Whether the numbers beside the addresses are ports, and not an id of ICMP.</summary>
    public bool HasPorts => Protocol != IpProtocol.Icmp && Protocol != IpProtocol.IcmpV6;
}
