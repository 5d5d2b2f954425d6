using System;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>
/// Sorts connections of a tunnel into virtual, subnet and exit. Without nodes: an address is of the tunnel where it is
/// routed and within the overlay, of a subnet where it is routed and outside it; two of the tunnel are virtual, else
/// one of a subnet makes it subnet, else it is exit. With nodes: this node with a known node is virtual; this node
/// with anything else, and anything else with a known node, is subnet where that is routed, else exit; without a node
/// at the end that is looked at, unknown. Tailscale's service on each node (100.100.100.100, fd7a:115c:a1e0::53) is
/// left out whichever end it is; with nodes the source is this node's side, so that only the destination can be it.
/// Immutable; classifying allocates nothing.
/// </summary>
public sealed class FlowClassifier
{
    private readonly AddressFacts _facts;
    private readonly byte[] _outcomes;

    /// <summary>A classifier.</summary>
    /// <param name="routes">What the tunnel carries.</param>
    /// <param name="overlay">
    /// The overlay's ranges; where null, those that <see cref="OverlayRanges.Default"/> chooses for the routes.
    /// </param>
    /// <param name="nodes">This node and its peers, where they are known.</param>
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

    /// <summary>What the tunnel carries.</summary>
    public RouteSet Routes { get; }

    /// <summary>The overlay's ranges.</summary>
    public OverlayRanges Overlay { get; }

    /// <summary>The known nodes; null where none are.</summary>
    public NodeMap? Nodes { get; }

    /// <summary>Whether classes come from the nodes.</summary>
    internal bool IsByNodes => Nodes is { DecidesClasses: true };

    /// <summary>The class of a connection from a source, this node's side, to a destination.</summary>
    public FlowVerdict Classify(in IpAddr source, in IpAddr destination)
    {
        uint from = _facts.Find(source);
        uint to = _facts.Find(destination);
        uint both = ((from & AddressFacts.FlagMask) << AddressFacts.FlagBits) | (to & AddressFacts.FlagMask);
        return new FlowVerdict(_outcomes[both], from, to);
    }

    /// <summary>What an address is by routes and overlay, and what decided it.</summary>
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

    /// <summary>The route that has the source of a connection; null where none has.</summary>
    public FlowRoute? SourceRoute(FlowVerdict verdict) => _facts.Route(verdict.Source);

    /// <summary>The route that has the destination of a connection; null where none has.</summary>
    public FlowRoute? DestinationRoute(FlowVerdict verdict) => _facts.Route(verdict.Destination);

    /// <summary>
    /// Whether an address is kept in exit traffic without names: a known node's, or one of the tunnel.
    /// </summary>
    public bool IsKeptInAnonymousTraffic(in IpAddr address)
    {
        const uint Tunnel = AddressFacts.Routed | AddressFacts.Overlay;
        uint answer = _facts.Find(address);
        return IsByNodes ? (answer & AddressFacts.Node) != 0 : (answer & Tunnel) == Tunnel;
    }

    /// <summary>Why a connection has its class, on one line: which nodes or prefixes decided.</summary>
    public string Explain(IpAddr source, IpAddr destination)
    {
        FlowVerdict verdict = Classify(source, destination);
        string end = TailscaleRanges.IsService(destination) ? "destination" : "source";
        string service = verdict.IsService ? $"; not logged, as the {end} is a service of the node itself" : "";
        return $"{verdict.Class}: source {Classify(source)}; destination {Classify(destination)}{service}";
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
