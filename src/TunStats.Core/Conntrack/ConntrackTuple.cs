using TunStats.Net;


namespace TunStats.Conntrack;

/// <summary>
/// One direction of a tracked connection. For ICMP the "port" of the source is the echo's id: two pings between the
/// same hosts are two connections.
/// </summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Source">The source of the packets.</param>
/// <param name="Destination">Their destination.</param>
internal readonly record struct ConntrackTuple(IpProtocol Protocol, AddrPort Source, AddrPort Destination)
{
    /// <summary>Whether the numbers beside the addresses are ports, and not an ICMP id.</summary>
    public bool HasPorts => Protocol != IpProtocol.Icmp && Protocol != IpProtocol.IcmpV6;
}
