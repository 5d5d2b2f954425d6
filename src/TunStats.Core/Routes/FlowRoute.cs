using TunStats.Net;

namespace TunStats.Routes;

/// <summary>A prefix that a tunnel carries, and its origin.</summary>
/// <remarks>
/// Public properties are texts and numbers, which a shell can sort, compare and export; C# callers get the typed values
/// from <see cref="Deconstruct"/>.
/// </remarks>
public sealed record FlowRoute
{
    /// <summary>A route.</summary>
    /// <param name="prefix">The prefix, masked.</param>
    /// <param name="kind">Its role.</param>
    /// <param name="origin">
    /// Its origin as text: the kernel's table and device, a parameter, a file and its line.
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

    /// <summary>Its role.</summary>
    public FlowRouteKind Kind { get; init; }

    /// <summary>
    /// Its origin as text: the kernel's table and device, a parameter, a file and its line.
    /// </summary>
    public string Origin { get; init; }

    /// <summary>The number of the kernel's routing table (254 is main); null for other origins.</summary>
    public long? Table { get; init; }

    /// <summary>
    /// The network of a device address: 10.8.0.0/24 for 10.8.0.1/24, or the other end of a point-to-point link. Null
    /// for other routes.
    /// </summary>
    public string? Network => NetworkValue?.ToString();

    /// <summary>
    /// Why it does not count, as text; null if it counts or has 0 bits. Routes that the kernel adds for the link itself
    /// are listed but say nothing about the networks behind the tunnel; neither do routes that together cover the whole
    /// Internet.
    /// </summary>
    public string? NotCountedBecause { get; init; }

    /// <summary>Whether it is used to classify flows; default routes are not.</summary>
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
