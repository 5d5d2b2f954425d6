using TunStats.Net;


namespace TunStats.Flows;

/// <summary>Gives a connection its class.</summary>
/// <param name="source">The address on this node's side.</param>
/// <param name="destination">The address on the other side.</param>
/// <param name="firstSeen">
/// When the connection was first seen in its window, in nanoseconds since 1970; null where unknown.
/// </param>
internal delegate FlowClass FlowClassification(in IpAddr source, in IpAddr destination, long? firstSeen);
