using TunStats.Packets;
using TunStats.Routes;

namespace TunStats.NetLog;

/// <summary>What an address is to a tunnel, and what decided it.</summary>
/// <param name="Address">The address.</param>
/// <param name="Class">What it is.</param>
/// <param name="Route">The longest route that has it; null where none has.</param>
/// <param name="Overlay">The overlay's range that has it; null where none has.</param>
/// <param name="Node">The node whose address it is; null where it is none's or nodes are not known.</param>
public sealed record AddressVerdict(
    IpAddr Address, AddressClass Class, FlowRoute? Route, IpPrefix? Overlay, NetLogNode? Node)
{
    /// <summary>
    /// Where no route that counts has it: the longest one that does not count, with the reason; else null.
    /// </summary>
    public FlowRoute? NotCounted { get; init; }

    private string NoRoute => NotCounted is null ? "in no route" : $"in no route that counts: {NotCounted}";

    /// <summary>Why, on one line.</summary>
    public string Reason => (Route, Overlay, Node) switch
    {
        (null, null, null) => NoRoute,
        (null, null, { } node) => $"node {node}, {NoRoute}",
        (null, { } overlay, null) => $"{NoRoute}, though within the overlay's {overlay}",
        (null, { } overlay, { } node) => $"node {node}, {NoRoute}, within the overlay's {overlay}",
        ({ } route, null, null) => $"by {route}, not within the overlay",
        ({ } route, null, { } node) => $"node {node}, by {route}, not within the overlay",
        ({ } route, { } overlay, null) => $"by {route}, within the overlay's {overlay}",
        ({ } route, { } overlay, { } node) => $"node {node}, by {route}, within the overlay's {overlay}",
    };

    /// <summary>Address, class and reason.</summary>
    public override string ToString() => $"{Address} is {Class}: {Reason}";
}
