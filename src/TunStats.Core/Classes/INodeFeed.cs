using System.Collections.Generic;
using TunStats.Net;

namespace TunStats.Classes;

/// <summary>Routes and nodes that may change, such as those of a tunnel's peers.</summary>
internal interface INodeFeed : IRouteFeed
{
    /// <summary>The present nodes; null where they are not known.</summary>
    /// <param name="localAddresses">This node's addresses, as routes tell them.</param>
    NodeMap? FindNodes(IEnumerable<IpAddr> localAddresses);
}
