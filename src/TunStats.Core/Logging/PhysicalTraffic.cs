using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Flows;
using TunStats.Peers;

namespace TunStats.Logging;

/// <summary>
/// The traffic below the devices of a logger, window by window. The peers are read on the thread of a
/// <see cref="PeerPoller"/>, so that one that does not answer holds up no window; what a late look finds goes into the
/// next.
/// </summary>
internal sealed class PhysicalTraffic : IPeerPollerSink, IDisposable
{
    private readonly Func<INetLoggerObserver> _observer;
    private readonly PeerPoller _poller;
    private readonly object _gate = new();
    private readonly Dictionary<string, List<PeerReport>> _reports = [];

    /// <summary>Starts to look.</summary>
    /// <param name="open">Makes the poller of the devices' peers.</param>
    /// <param name="observer">Takes what cannot be read, and changes of paths.</param>
    internal PhysicalTraffic(Func<IPeerPollerSink, PeerPoller> open, Func<INetLoggerObserver> observer)
    {
        _observer = observer;
        _poller = open(this);
        _poller.Start();
    }

    /// <summary>Drops what was counted until now.</summary>
    /// <param name="limit">How long to wait for a look.</param>
    internal void Begin(TimeSpan limit)
    {
        Look(limit);
        lock (_gate)
        {
            _reports.Clear();
        }
    }

    /// <summary>Looks at the peers of all devices.</summary>
    /// <param name="limit">How long to wait.</param>
    internal void Look(TimeSpan limit) => _poller.LookNow(limit);

    /// <summary>The traffic below a device since the last call.</summary>
    internal IReadOnlyList<TupleCounts> Take(FlowWindow window)
    {
        List<PeerReport>? reports;
        lock (_gate)
        {
            _reports.Remove(window.Source ?? "", out reports);
        }

        return reports is null ? [] : [.. reports.SelectMany(report => report.ToPhysicalTraffic(window))];
    }

    public void OnPeers(PeerReport report)
    {
        lock (_gate)
        {
            if (!_reports.TryGetValue(report.Snapshot.Device, out List<PeerReport>? reports))
            {
                reports = [];
                _reports.Add(report.Snapshot.Device, reports);
            }

            reports.Add(report);
        }

        foreach (PeerPathChange change in report.PathChanges)
        {
            _observer().OnPathChange(change);
        }
    }

    public void OnAbsent(string device)
    {
        // Without the layer there is no physical traffic, which is no error.
    }

    public void OnError(Exception error, string? device) =>
        _observer().OnWarning($"{device ?? "Peers"}: the physical traffic cannot be read: {error.Message}");

    public void OnWarning(string message) => _observer().OnWarning(message);

    public void Dispose() => _poller.Dispose();
}
