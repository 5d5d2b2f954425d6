namespace TunStats.Routes;

/// <summary>The role of a prefix for the tunnel.</summary>
public enum FlowRouteKind
{
    /// <summary>An address of the device itself.</summary>
    LocalAddress,

    /// <summary>Destinations that are sent into the tunnel.</summary>
    Route,

    /// <summary>A network behind this node that others reach through the tunnel.</summary>
    SubnetRoute,
}
