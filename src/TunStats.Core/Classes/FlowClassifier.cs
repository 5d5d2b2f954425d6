using System;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>
/// Classifies connections of a tunnel as virtual, subnet or exit. Without nodes: an address is tunnel if it is routed
/// and within the overlay, and subnet if it is routed and outside it; two tunnel addresses are virtual, else a subnet
/// address makes it subnet, else it is exit. With nodes: this node with a known node is virtual; this node with another
/// address, and another address with a known node, is subnet if that address is routed, else exit; without a node it is
/// unknown. Traffic with Tailscale's service on each node (100.100.100.100, fd7a:115c:a1e0::53) is left out; with nodes
/// the source is this node's side, so only the destination can be the service. Immutable; classifying allocates
/// nothing.
/// </summary>
internal sealed class FlowClassifier
{
    private readonly AddressFacts _facts;
    private readonly byte[] _outcomes;

    /// <summary>Makes a classifier.</summary>
    /// <param name="routes">The routes of the tunnel.</param>
    /// <param name="overlay">
    /// The overlay's ranges; null for those that <see cref="OverlayRanges.Default"/> chooses for the routes.
    /// </param>
    /// <param name="nodes">This node and its peers; null if unknown.</param>
    public FlowClassifier(RouteSet routes, OverlayRanges? overlay = null, NodeMap? nodes = null)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Routes = routes;
        Overlay = overlay ?? OverlayRanges.Default(routes);
        Nodes = nodes;
        _facts = new AddressFacts(Routes, Overlay, nodes);
        _outcomes = new byte[1 << (2 * AddressFacts.FlagBits)];
        for (uint i = 0; i < _outcomes.Length; i++)
        {
            uint source = i >> AddressFacts.FlagBits;
            uint destination = i & AddressFacts.FlagMask;
            _outcomes[i] = FlowVerdict.Outcome(
                IsByNodes ? ByNodes(source, destination) : ByRoutes(source, destination),
                ((IsByNodes ? destination : source | destination) & AddressFacts.Service) != 0);
        }
    }

    /// <summary>The routes of the tunnel.</summary>
    public RouteSet Routes { get; }

    /// <summary>The overlay's ranges.</summary>
    public OverlayRanges Overlay { get; }

    /// <summary>The known nodes; null if unknown.</summary>
    public NodeMap? Nodes { get; }

    /// <summary>Whether nodes decide the classes.</summary>
    internal bool IsByNodes => Nodes is { DecidesClasses: true };

    /// <summary>The class of a connection from a source, this node's side, to a destination.</summary>
    public FlowVerdict Classify(in IpAddr source, in IpAddr destination)
    {
        uint from = _facts.Find(source);
        uint to = _facts.Find(destination);
        uint both = ((from & AddressFacts.FlagMask) << AddressFacts.FlagBits) | (to & AddressFacts.FlagMask);
        return new FlowVerdict(_outcomes[both]);
    }

    /// <summary>The role of an address by routes and overlay, and the reason.</summary>
    public AddressVerdict Classify(IpAddr address)
    {
        uint answer = _facts.Find(address);
        AddressClass addressClass = (answer & AddressFacts.Routed) == 0 ? AddressClass.Outside
            : (answer & AddressFacts.Overlay) != 0 ? AddressClass.Tunnel
            : AddressClass.Subnet;
        IpPrefix? overlay = Overlay.TryFind(address, out IpPrefix prefix) ? prefix : null;
        FlowRoute? route = _facts.Route(answer);
        return new AddressVerdict(address, addressClass, route, overlay, Nodes?.Find(address))
        {
            NotCounted = route is null ? Routes.FindNotCounted(address) : null,
        };
    }

    /// <summary>
    /// Whether anonymous exit traffic keeps an address: a known node's, or one of the tunnel.
    /// </summary>
    public bool IsKeptInAnonymousTraffic(in IpAddr address)
    {
        const uint Tunnel = AddressFacts.Routed | AddressFacts.Overlay;
        uint answer = _facts.Find(address);
        return IsByNodes ? (answer & AddressFacts.Node) != 0 : (answer & Tunnel) == Tunnel;
    }

    private static FlowClass ByRoutes(uint source, uint destination)
    {
        bool sourceRouted = (source & AddressFacts.Routed) != 0;
        bool destinationRouted = (destination & AddressFacts.Routed) != 0;
        bool sourceOverlay = (source & AddressFacts.Overlay) != 0;
        bool destinationOverlay = (destination & AddressFacts.Overlay) != 0;
        return sourceRouted && sourceOverlay && destinationRouted && destinationOverlay ? FlowClass.Virtual
            : (sourceRouted && !sourceOverlay) || (destinationRouted && !destinationOverlay) ? FlowClass.Subnet
            : FlowClass.Exit;
    }

    private static FlowClass ByNodes(uint source, uint destination)
    {
        bool sourceRouted = (source & AddressFacts.Routed) != 0;
        bool destinationRouted = (destination & AddressFacts.Routed) != 0;
        bool destinationKnown = (destination & AddressFacts.Node) != 0;
        if ((source & AddressFacts.Self) != 0)
        {
            return destinationKnown ? FlowClass.Virtual : destinationRouted ? FlowClass.Subnet : FlowClass.Exit;
        }

        return !destinationKnown ? FlowClass.Unknown : sourceRouted ? FlowClass.Subnet : FlowClass.Exit;
    }
}
