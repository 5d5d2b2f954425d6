using TunStats.Net;
using TunStats.Routes;


namespace TunStats.Classes;

/// <summary>The role of an address for a tunnel, and the reason.</summary>
public sealed record AddressVerdict
{
    /// <summary>Makes a verdict.</summary>
    /// <param name="address">The address.</param>
    /// <param name="addressClass">Its role.</param>
    /// <param name="route">The longest route that contains it; null if none does.</param>
    /// <param name="overlay">The overlay's range that contains it; null if none does.</param>
    /// <param name="node">The node with this address; null if there is none or nodes are unknown.</param>
    public AddressVerdict(
        IpAddr address, AddressClass addressClass, FlowRoute? route, IpPrefix? overlay, NetLogNode? node)
    {
        AddressValue = address;
        Class = addressClass;
        Route = route;
        OverlayValue = overlay;
        Node = node;
    }

    /// <summary>The address.</summary>
    public string Address => AddressValue.ToString();

    /// <summary>Its role.</summary>
    public AddressClass Class { get; }

    /// <summary>The longest route that contains it; null if none does.</summary>
    public FlowRoute? Route { get; }

    /// <summary>The overlay's range that contains it; null if none does.</summary>
    public string? Overlay => OverlayValue?.ToString();

    /// <summary>The node with this address; null if there is none or nodes are unknown.</summary>
    public NetLogNode? Node { get; }

    /// <summary>
    /// Without a route that counts: the longest one that does not count, with the reason; else null.
    /// </summary>
    public FlowRoute? NotCounted { get; init; }

    /// <summary>The reason, on one line.</summary>
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

    internal IpAddr AddressValue { get; }

    internal IpPrefix? OverlayValue { get; }

    private string NoRoute => NotCounted is null ? "in no route" : $"in no route that counts: {NotCounted}";

    /// <summary>The typed values, for C# callers.</summary>
    public void Deconstruct(
        out IpAddr address,
        out AddressClass addressClass,
        out FlowRoute? route,
        out IpPrefix? overlay,
        out NetLogNode? node) =>
        (address, addressClass, route, overlay, node) = (AddressValue, Class, Route, OverlayValue, Node);

    /// <summary>Address, class and reason.</summary>
    public override string ToString() => $"{Address} is {Class}: {Reason}";
}
