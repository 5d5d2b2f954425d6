namespace TunStats.Routes;

/// <summary>A prefix that a tunnel carries, and where it was learnt.</summary>
/// <param name="Prefix">The prefix, masked.</param>
/// <param name="Kind">What it is to the tunnel.</param>
/// <param name="Origin">
/// Where it came from, in words: the kernel's table and device, a parameter, a file and its line.
/// </param>
public sealed record FlowRoute(IpPrefix Prefix, FlowRouteKind Kind, string Origin)
{
    /// <summary>The number of the kernel's routing table (254 is main); null where it came from elsewhere.</summary>
    public long? Table { get; init; }

    /// <summary>
    /// The network that an address of the device was given with: 10.8.0.0/24 of 10.8.0.1/24, or that of the other end
    /// of a point-to-point link. Null for all other routes.
    /// </summary>
    public IpPrefix? Network { get; init; }

    /// <summary>
    /// Why it does not count although it has bits, in words; null where there is no such reason. A route that the
    /// kernel has for the link's own sake is listed, but says nothing about the networks that the tunnel carries; nor
    /// does one that, with others, stands for the whole Internet.
    /// </summary>
    public string? NotCountedBecause { get; init; }

    /// <summary>Whether it counts when flows are classified: a prefix of 0 bits says nothing, so it does not.</summary>
    public bool Counts => Prefix.Length > 0 && NotCountedBecause is null;

    /// <summary>Prefix, kind and origin.</summary>
    public override string ToString() => NotCountedBecause is null
        ? $"{Prefix} ({Kind}, {Origin})"
        : $"{Prefix} ({Kind}, {Origin}; not counted: {NotCountedBecause})";
}
