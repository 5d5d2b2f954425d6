using System;
using System.Collections.Generic;

namespace TunStats.Peers;

/// <summary>
/// Compares each reading of a tunnel's peers with the previous one: increases, path changes, bytes per path. If a
/// counter decreased, it was reset, and the new value is the increase; the same holds for a peer that was absent
/// before. Not thread-safe.
/// </summary>
internal sealed class PeerTracker
{
    private readonly Dictionary<string, Tracked> _peers = new(StringComparer.Ordinal);
    private long _looks;

    /// <summary>Applies a reading.</summary>
    /// <param name="snapshot">The current peers.</param>
    /// <returns>The same peers with their increases; without them at the first reading.</returns>
    public PeerReport Update(TunPeerSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        _looks++;
        var peers = new List<TunPeer>(snapshot.Peers.Count);
        List<PeerPathChange> changes = [];
        foreach (TunPeer peer in snapshot.Peers)
        {
            // A peer that appears twice in a look counts once.
            if (!_peers.TryGetValue(peer.Identity, out Tracked? tracked))
            {
                tracked = new Tracked(isBaseline: _looks == 1);
                _peers.Add(peer.Identity, tracked);
            }
            else if (tracked.Look == _looks)
            {
                continue;
            }

            tracked.Look = _looks;
            peers.Add(tracked.Update(peer, changes));
        }

        if (snapshot.IsConsistent)
        {
            Forget();
        }

        return new PeerReport(snapshot with { Peers = peers }, changes);
    }

    /// <summary>Notes that the layer is absent: when it appears, it counts from 0.</summary>
    public void Reset()
    {
        _looks++;
        foreach (Tracked tracked in _peers.Values)
        {
            tracked.ResetCounters();
        }
    }

    /// <summary>Removes peers that are gone: one that comes back is new and counts from 0.</summary>
    private void Forget()
    {
        foreach ((string identity, Tracked tracked) in _peers)
        {
            if (tracked.Look != _looks)
            {
                _peers.Remove(identity);
            }
        }
    }

    /// <summary>The state of one peer.</summary>
    private sealed class Tracked(bool isBaseline)
    {
        private bool _isBaseline = isBaseline;
        private string _publicKey = string.Empty;
        private ulong _rxBytes;
        private ulong _txBytes;
        private PeerPath _path = PeerPath.None;
        private DateTime _pathSince;
        private ulong _pathRxBytes;
        private ulong _pathTxBytes;
        private PeerPathTotals _totals;
        private ulong _pathChanges;

        internal long Look { get; set; }

        internal void ResetCounters() => _rxBytes = _txBytes = 0;

        internal TunPeer Update(TunPeer peer, List<PeerPathChange> changes)
        {
            if (_publicKey != peer.PublicKey)
            {
                // A new key means a new session, which counts from 0.
                ResetCounters();
                _publicKey = peer.PublicKey;
            }

            ulong rx = _isBaseline ? 0 : Increase(_rxBytes, peer.RxBytes);
            ulong tx = _isBaseline ? 0 : Increase(_txBytes, peer.TxBytes);
            _rxBytes = peer.RxBytes;
            _txBytes = peer.TxBytes;
            UpdatePath(peer, isMoving: (rx | tx) != 0, changes);
            _pathRxBytes += rx;
            _pathTxBytes += tx;
            _totals = _totals.Add(_path.Kind, rx, tx);
            TunPeer updated = peer with
            {
                RxBytesIncrease = _isBaseline ? null : rx,
                TxBytesIncrease = _isBaseline ? null : tx,
                PathSince = peer.PathValue.Kind == PeerPathKind.None ? null : _pathSince,
                TrafficPath = _path,
                Totals = _totals,
                PathChangeCount = _pathChanges,
            };
            _isBaseline = false;
            return updated;
        }

        private static ulong Increase(ulong from, ulong to) => to < from ? to : to - from;

        private void UpdatePath(TunPeer peer, bool isMoving, List<PeerPathChange> changes)
        {
            // An idle peer has no path, but its next packets may take the same one: that is not a change. Bytes without
            // a known path went over DERP, where every connection begins.
            PeerPath path = peer.PathValue.Kind != PeerPathKind.None ? peer.PathValue
                : _path.Kind == PeerPathKind.None && isMoving ? peer.HomePath
                : _path;
            if (!path.IsSameWay(_path))
            {
                if (_path.Kind != PeerPathKind.None)
                {
                    changes.Add(Change(peer, path));
                    _pathChanges++;
                }

                _pathSince = peer.Timestamp;
                _pathRxBytes = _pathTxBytes = 0;
            }

            _path = path;
        }

        private PeerPathChange Change(TunPeer peer, PeerPath path) => new()
        {
            Timestamp = peer.Timestamp,
            Device = peer.Device,
            Name = peer.Name,
            NodeId = peer.NodeId,
            PublicKey = peer.PublicKey,
            PreviousPath = _path.Kind,
            PreviousVia = _path.Via,
            Path = path.Kind,
            Via = path.Via,
            PreviousSince = _pathSince,
            PreviousRxBytes = _pathRxBytes,
            PreviousTxBytes = _pathTxBytes,
        };
    }
}
