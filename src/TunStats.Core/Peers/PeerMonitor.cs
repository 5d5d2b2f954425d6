using System;
using System.Threading;

namespace TunStats.Peers;

/// <summary>Looks at a source of peers again and again, and compares each look with the one before.</summary>
/// <param name="source">The source and takes ownership of it.</param>
/// <param name="tracker">What earlier looks told; null where there were none.</param>
public sealed class PeerMonitor(IPeerSource source, PeerTracker? tracker = null) : IDisposable
{
    private readonly PeerTracker _tracker = tracker ?? new PeerTracker();

    /// <summary>The tunnel device; empty where there is none.</summary>
    public string Device => source.Device;

    /// <summary>What is asked.</summary>
    public PeerSourceKind Kind => source.Kind;

    /// <summary>Looks. The first look is the one that the next is compared with.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The peers and what changed; null where the layer is absent.</returns>
    /// <inheritdoc cref="IPeerSource.Read"/>
    public PeerReport? Look(CancellationToken cancellationToken = default)
    {
        if (source.Read(cancellationToken) is { } snapshot)
        {
            return _tracker.Update(snapshot);
        }

        _tracker.Reset();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();
}
