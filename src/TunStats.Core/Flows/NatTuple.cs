using TunStats.Packets;

namespace TunStats.Flows;

/// <summary>The addresses of a connection after translation (NAT), seen in the connection's own direction.</summary>
/// <param name="Source">What the source became; the same as the source where it was not translated.</param>
/// <param name="Destination">What the destination became; the same where it was not translated.</param>
public sealed record NatTuple(AddrPort Source, AddrPort Destination)
{
    /// <summary>Both ends.</summary>
    public override string ToString() => $"{Source} -> {Destination}";
}
