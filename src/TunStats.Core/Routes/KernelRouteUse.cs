namespace TunStats.Routes;

/// <summary>Whether a route goes through the device.</summary>
internal enum KernelRouteUse
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>Directly or by one of its next hops.</summary>
    Device,

    /// <summary>Unknown: it names only a next hop object (RTA_NH_ID), which has to be looked up.</summary>
    Nexthop,
}
