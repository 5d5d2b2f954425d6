using System.Collections.Generic;
using System.Linq;
using TunStats.Interop;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>
/// Makes classifiers of given routes and of what feeds hold: for two equal prefixes the given one wins, then that of a
/// device, last that of a node. Not thread-safe.
/// </summary>
/// <param name="given">The given prefixes, files and overlay ranges.</param>
/// <param name="nodes">The known nodes; null to take those of the feeds.</param>
/// <param name="nodeRoutes">The routes of nodes; null for none.</param>
/// <param name="feeds">The devices and nodes, owned by the caller.</param>
internal sealed class ClassifierMaker(
    GivenRoutes given, NodeMap? nodes, RouteSet? nodeRoutes, IReadOnlyList<IRouteFeed> feeds)
{
    private readonly IReadOnlyList<FlowRoute> _nodeRoutes = nodeRoutes?.Routes ?? [];
    private GivenRoutes _given = given;
    private OverlayRanges? _lastOverlay;

    /// <summary>A classifier of what the feeds hold now.</summary>
    /// <exception cref="TunStatsException">
    /// The overlay is to be the devices' networks, but there are none.
    /// </exception>
    internal FlowClassifier Make()
    {
        RouteSet routes = new(
            _given.Routes.Concat(feeds.SelectMany(feed => feed.Current.Routes)).Concat(_nodeRoutes));
        NodeMap? known = nodes ?? feeds.OfType<INodeFeed>()
            .Select(feed => feed.FindNodes(routes.LocalAddresses))
            .FirstOrDefault(found => found is not null);
        return new FlowClassifier(routes, _lastOverlay = MakeOverlay(routes), known);
    }

    /// <summary>Replaces the given routes.</summary>
    /// <exception cref="TunStatsException">
    /// The overlay is to be the devices' networks, but there are none; nothing changed.
    /// </exception>
    internal FlowClassifier Replace(GivenRoutes given)
    {
        (GivenRoutes before, OverlayRanges? lastOverlay) = (_given, _lastOverlay);
        try
        {
            (_given, _lastOverlay) = (given, null);
            return Make();
        }
        catch (TunStatsException)
        {
            (_given, _lastOverlay) = (before, lastOverlay);
            throw;
        }
    }

    private static bool HasAddress(RouteSet routes) =>
        routes.Routes.Any(route => route.Kind == FlowRouteKind.LocalAddress && route.Counts);

    private static TunStatsException NoOwnSubnets(string given) => new(
        ErrorKind.NoOwnSubnets,
        given,
        $"'{given}' means the networks of the device's addresses, but it has none. Name a device that has an "
        + "address, or give the overlay's prefixes.");

    /// <summary>
    /// The given overlay, else that of each device; if no device has an address, that of the given prefixes. While a
    /// device has no addresses, the overlay does not change.
    /// </summary>
    private OverlayRanges MakeOverlay(RouteSet all)
    {
        if (_given.Overlay.Count > 0 && _given.OwnSubnets is null)
        {
            return _lastOverlay ?? OverlayRanges.Of(_given.Overlay);
        }

        List<RouteSet> devices = [.. feeds.Select(feed => feed.Current).Where(HasAddress)];
        if (devices.Count == 0 && (feeds.Count == 0 || _lastOverlay is null) && HasAddress(all))
        {
            devices.Add(all);
        }

        if (devices.Count == 0)
        {
            return _lastOverlay
                ?? (_given.OwnSubnets is { } given ? throw NoOwnSubnets(given) : OverlayRanges.Tailscale);
        }

        OverlayRanges overlay = _given.OwnSubnets is not null
            ? OverlayRanges.Of(_given.Overlay.Concat(devices.SelectMany(d => OverlayRanges.OwnSubnets(d).Included)))
            : OverlayRanges.Union(devices.Select(OverlayRanges.Default));
        return overlay.HasSameRanges(_lastOverlay) ? _lastOverlay : overlay;
    }
}
