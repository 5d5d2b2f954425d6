using System;
using System.Threading;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>
/// Routes that may change. One thread at a time reads and refreshes; another may wait for events meanwhile.
/// </summary>
internal interface IRouteFeed : IDisposable
{
    /// <summary>The present routes.</summary>
    RouteSet Current { get; }

    /// <summary>Whether nothing is known to be missing.</summary>
    bool IsCurrent { get; }

    /// <summary>Takes in what changed; whether anything did.</summary>
    bool Refresh(CancellationToken cancellationToken);

    /// <summary>Starts to listen, so that <see cref="WaitForEvent"/> misses nothing from now on.</summary>
    void Listen();

    /// <summary>Waits for an event that may change the routes.</summary>
    void WaitForEvent(CancellationToken cancellationToken);

    /// <summary>Waits until the events that come with one have arrived, but not for long.</summary>
    void Settle(CancellationToken cancellationToken);
}
