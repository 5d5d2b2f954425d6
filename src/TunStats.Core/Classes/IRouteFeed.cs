using System;
using System.Threading;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>
/// Routes that may change. Only one thread may read and refresh at a time; another may wait for events meanwhile.
/// </summary>
internal interface IRouteFeed : IDisposable
{
    /// <summary>The current routes.</summary>
    RouteSet Current { get; }

    /// <summary>Whether the routes are complete.</summary>
    bool IsCurrent { get; }

    /// <summary>Applies changes; returns whether there were any.</summary>
    bool Refresh(CancellationToken cancellationToken);

    /// <summary>Starts listening, so that <see cref="WaitForEvent"/> misses nothing from now on.</summary>
    void Listen();

    /// <summary>Waits for an event that may change the routes.</summary>
    void WaitForEvent(CancellationToken cancellationToken);

    /// <summary>Waits briefly for the events that follow another.</summary>
    void Settle(CancellationToken cancellationToken);
}
