using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Routes;

namespace TunStats.NetLog;

/// <summary>Routes that may change.</summary>
internal interface IRouteFeed : IDisposable
{
    /// <summary>The routes of now.</summary>
    RouteSet Current { get; }

    /// <summary>Whether nothing is known to be missing.</summary>
    bool IsCurrent { get; }

    /// <summary>The subnets that the device's own addresses are in.</summary>
    IEnumerable<IpPrefix> OwnSubnets { get; }

    /// <summary>Takes in what changed; whether anything did.</summary>
    bool Refresh(CancellationToken cancellationToken);
}
