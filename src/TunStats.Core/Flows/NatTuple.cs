using TunStats.Net;


namespace TunStats.Flows;

/// <summary>The addresses of a connection after translation (NAT), seen in the connection's own direction.</summary>
public sealed record NatTuple
{
    /// <summary>Makes translated addresses.</summary>
    /// <param name="source">The translated source; the source itself if it was not translated.</param>
    /// <param name="destination">The translated destination; the destination itself if it was not translated.</param>
    public NatTuple(AddrPort source, AddrPort destination)
    {
        SrcEndpoint = source;
        DstEndpoint = destination;
    }

    /// <summary>The translated source: address and port.</summary>
    public string Source => SrcEndpoint.ToString();

    /// <summary>The translated destination: address and port.</summary>
    public string Destination => DstEndpoint.ToString();

    internal AddrPort SrcEndpoint { get; }

    internal AddrPort DstEndpoint { get; }

    /// <summary>The typed values, for C# callers.</summary>
    public void Deconstruct(out AddrPort source, out AddrPort destination) =>
        (source, destination) = (SrcEndpoint, DstEndpoint);

    /// <summary>Both ends.</summary>
    public override string ToString() => $"{SrcEndpoint} -> {DstEndpoint}";
}
