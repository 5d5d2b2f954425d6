using System;
using System.Threading;

namespace TunStats.Peers;

/// <summary>Reads a source of peers repeatedly and compares each reading with the previous one.</summary>
/// <param name="source">The source; takes ownership.</param>
/// <param name="tracker">The tracker of earlier readings; null for none.</param>
internal sealed class PeerMonitor(IPeerSource source, PeerTracker? tracker = null) : IDisposable
{
    private readonly PeerTracker _tracker = tracker ?? new PeerTracker();

    /// <summary>The tunnel device; empty for none.</summary>
    public string Device => source.Device;

    /// <summary>The kind of source.</summary>
    public PeerSourceKind Kind => source.Kind;

    /// <summary>Reads the peers. The first reading is the baseline.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The peers and their changes; null if the layer is absent.</returns>
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
