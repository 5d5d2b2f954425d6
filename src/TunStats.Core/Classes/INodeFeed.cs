using System.Collections.Generic;
using TunStats.Net;

namespace TunStats.Classes;

/// <summary>Routes and nodes that may change, such as those of a tunnel's peers.</summary>
internal interface INodeFeed : IRouteFeed
{
    /// <summary>The current nodes; null if unknown.</summary>
    /// <param name="localAddresses">This node's addresses, from the routes.</param>
    NodeMap? FindNodes(IEnumerable<IpAddr> localAddresses);
}
