using TunStats.Net;

namespace TunStats.Routes;

/// <summary>A prefix that a tunnel carries, and where it was learnt.</summary>
/// <remarks>
/// Public properties are texts and numbers, which a shell can sort, compare and export; C# callers get the typed values
/// from <see cref="Deconstruct"/>.
/// </remarks>
public sealed record FlowRoute
{
    /// <summary>A route.</summary>
    /// <param name="prefix">The prefix, masked.</param>
    /// <param name="kind">What it is to the tunnel.</param>
    /// <param name="origin">
    /// Where it came from, in words: the kernel's table and device, a parameter, a file and its line.
    /// </param>
    public FlowRoute(IpPrefix prefix, FlowRouteKind kind, string origin)
    {
        PrefixValue = prefix;
        Kind = kind;
        Origin = origin;
    }

    /// <summary>The prefix, masked, such as 10.8.0.0/24.</summary>
    public string Prefix => PrefixValue.ToString();

    /// <summary>The address of the prefix, without its length.</summary>
    public string Address => PrefixValue.Address.ToString();

    /// <summary>The length of the prefix in bits.</summary>
    public int PrefixLength => PrefixValue.Length;

    /// <summary>What it is to the tunnel.</summary>
    public FlowRouteKind Kind { get; init; }

    /// <summary>
    /// Where it came from, in words: the kernel's table and device, a parameter, a file and its line.
    /// </summary>
    public string Origin { get; init; }

    /// <summary>The number of the kernel's routing table (254 is main); null where it came from elsewhere.</summary>
    public long? Table { get; init; }

    /// <summary>
    /// The network that an address of the device was given with: 10.8.0.0/24 of 10.8.0.1/24, or that of the other end
    /// of a point-to-point link. Null for all other routes.
    /// </summary>
    public string? Network => NetworkValue?.ToString();

    /// <summary>
    /// Why it does not count although it has bits, in words; null where there is no such reason. A route that the
    /// kernel has for the link's own sake is listed, but says nothing about the networks that the tunnel carries; nor
    /// does one that, with others, stands for the whole Internet.
    /// </summary>
    public string? NotCountedBecause { get; init; }

    /// <summary>Whether it counts when flows are classified: a prefix of 0 bits says nothing, so it does not.</summary>
    public bool Counts => PrefixValue.Length > 0 && NotCountedBecause is null;

    internal IpPrefix PrefixValue { get; init; }

    internal IpPrefix? NetworkValue { get; init; }

    /// <summary>The typed values, for C# callers.</summary>
    public void Deconstruct(out IpPrefix prefix, out FlowRouteKind kind, out string origin) =>
        (prefix, kind, origin) = (PrefixValue, Kind, Origin);

    /// <summary>Prefix, kind and origin.</summary>
    public override string ToString() => NotCountedBecause is null
        ? $"{Prefix} ({Kind}, {Origin})"
        : $"{Prefix} ({Kind}, {Origin}; not counted: {NotCountedBecause})";
}
