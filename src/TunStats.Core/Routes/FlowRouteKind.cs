namespace TunStats.Routes;

/// <summary>What a prefix is to the tunnel.</summary>
public enum FlowRouteKind
{
    /// <summary>An address of the device itself.</summary>
    LocalAddress,

    /// <summary>What is sent into the tunnel.</summary>
    Route,

    /// <summary>A network behind this node that others reach through the tunnel.</summary>
    SubnetRoute,
}
