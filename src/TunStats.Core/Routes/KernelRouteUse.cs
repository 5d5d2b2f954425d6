namespace TunStats.Routes;

/// <summary>Whether a route goes through the device that was asked about.</summary>
internal enum KernelRouteUse
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>Its device or one of its next hops is the one.</summary>
    Device,

    /// <summary>It names a next hop object alone (RTA_NH_ID), which has to be looked up.</summary>
    Nexthop,
}
