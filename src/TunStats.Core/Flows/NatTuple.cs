using TunStats.Net;


namespace TunStats.Flows;

/// <summary>The addresses of a connection after translation (NAT), seen in the connection's own direction.</summary>
public sealed record NatTuple
{
    /// <summary>Translated addresses.</summary>
    /// <param name="source">What the source became; the same as the source where it was not translated.</param>
    /// <param name="destination">What the destination became; the same where it was not translated.</param>
    public NatTuple(AddrPort source, AddrPort destination)
    {
        SrcEndpoint = source;
        DstEndpoint = destination;
    }

    /// <summary>What the source became: address and port.</summary>
    public string Source => SrcEndpoint.ToString();

    /// <summary>What the destination became: address and port.</summary>
    public string Destination => DstEndpoint.ToString();

    internal AddrPort SrcEndpoint { get; }

    internal AddrPort DstEndpoint { get; }

    /// <summary>The typed values, for C# callers.</summary>
    public void Deconstruct(out AddrPort source, out AddrPort destination) =>
        (source, destination) = (SrcEndpoint, DstEndpoint);

    /// <summary>Both ends.</summary>
    public override string ToString() => $"{SrcEndpoint} -> {DstEndpoint}";
}
