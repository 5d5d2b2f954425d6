using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Peers;
using TunStats.Routes;

namespace TunStats.Sessions;

/// <summary>
/// The peers of one device of a session: their nodes and routes for the classes, and their traffic below the tunnel.
/// Peers are read on a background thread; a source that stalls delays at most one window.
/// </summary>
internal sealed class DevicePeers : INodeFeed, IPeerPollerSink
{
    /// <summary>How long a window waits for the reading at its end; later traffic counts in the next window.</summary>
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(1);

    // Windows may be as short as 10 ms: then not each has a look. One that a stop makes short has.
    private static readonly TimeSpan MinLookInterval = TimeSpan.FromMilliseconds(200);

    private readonly object _gate = new();
    private readonly PeerPoller _poller;
    private readonly TimeProvider _timeProvider;
    private readonly Action<PeerPathChange>? _pathChanged;
    private readonly bool _hasShortWindows;
    private readonly ManualResetEventSlim _event = new();
    private readonly Dictionary<(AddrPort Source, AddrPort Destination), FlowCounts> _bytes = [];
    private readonly Queue<string> _warnings = [];
    private TunPeerSnapshot? _snapshot;
    private bool _isChanged;
    private long? _looked;

    /// <summary>Reads the peers for the first time: their traffic until now is in no window.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="options">The options of the session.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="Interop.TunStatsException">The text cannot name a namespace.</exception>
    internal DevicePeers(string device, FlowSessionOptions options, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _pathChanged = options.PathChanged;
        _hasShortWindows = options.LiveInterval < MinLookInterval;
        var polled = new PeerPollerOptions
        {
            Names = [device],
            NetworkNamespace = options.NetworkNamespace,
            Source = options.Peers!,
            Metrics = options.PeerMetrics,
        };
        _poller = new PeerPoller(polled, this, timeProvider, options.PeerDevices?.Invoke());
        _poller.Start();
        PollNow(options.Peers!.Timeout);
        Refresh(CancellationToken.None);
    }

    public RouteSet Current { get; private set; } = RouteSet.Empty;

    public bool IsCurrent => true;

    public NodeMap? FindNodes(IEnumerable<IpAddr> localAddresses)
    {
        lock (_gate)
        {
            return _snapshot?.ToNodeMap(localAddresses);
        }
    }

    public bool Refresh(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            bool isChanged = _isChanged;
            if (isChanged)
            {
                _isChanged = false;
                Current = _snapshot?.ToRouteSet() ?? RouteSet.Empty;
            }

            return isChanged;
        }
    }

    public void Listen()
    {
        // The poller's thread reports changes from the first reading on.
    }

    public void WaitForEvent(CancellationToken cancellationToken)
    {
        _event.Wait(cancellationToken);
        _event.Reset();
    }

    public void Settle(CancellationToken cancellationToken)
    {
        // A reading contains all changes.
    }

    public void Dispose()
    {
        _poller.Dispose();
        _event.Dispose();
    }

    /// <summary>Reads the peers at the end of a window, unless the last reading is very recent.</summary>
    internal void LookAtEnd()
    {
        if (!_hasShortWindows || _looked is not { } looked || _timeProvider.GetElapsedTime(looked) >= MinLookInterval)
        {
            PollNow(LookLimit);
        }
    }

    /// <summary>The traffic of the peers since the last call.</summary>
    internal IReadOnlyList<TupleCounts> TakePhysical(FlowWindow window, FlowFilter? filter)
    {
        lock (_gate)
        {
            List<TupleCounts> rows = [];
            foreach (((AddrPort source, AddrPort destination), FlowCounts counts) in _bytes)
            {
                if (filter?.Matches(new FlowKey(default, source, destination)) != false)
                {
                    rows.Add(new TupleCounts(default, source, destination, counts, window)
                    {
                        Class = FlowClass.Physical,
                    });
                }
            }

            _bytes.Clear();
            return rows;
        }
    }

    /// <summary>Takes the warnings since the last call.</summary>
    internal string[] TakeWarnings()
    {
        lock (_gate)
        {
            string[] warnings = [.. _warnings];
            _warnings.Clear();
            return warnings;
        }
    }

    void IPeerPollerSink.OnPeers(PeerReport report)
    {
        lock (_gate)
        {
            foreach ((AddrPort source, AddrPort destination, FlowCounts counts) in report.PhysicalBytes())
            {
                ref FlowCounts sum = ref CollectionsMarshal.GetValueRefOrAddDefault(
                    _bytes, (source, destination), out _);
                sum = sum.Add(counts);
            }

            Put(report.Snapshot);
        }

        foreach (PeerPathChange change in report.PathChanges)
        {
            _pathChanged?.Invoke(change);
        }
    }

    void IPeerPollerSink.OnAbsent(string device)
    {
        lock (_gate)
        {
            Put(null);
        }
    }

    void IPeerPollerSink.OnError(Exception error, string? device) => Warn(error.Message);

    void IPeerPollerSink.OnWarning(string message) => Warn(message);

    private void PollNow(TimeSpan limit)
    {
        _poller.PollNow(limit);
        _looked = _timeProvider.GetTimestamp();
    }

    private void Put(TunPeerSnapshot? snapshot)
    {
        bool isSame = snapshot is null || _snapshot is null
            ? snapshot == _snapshot
            : PeerNodes.HasSameNodes(snapshot, _snapshot);
        _snapshot = snapshot;
        if (!isSame)
        {
            _isChanged = true;
            _event.Set();
        }
    }

    private void Warn(string message)
    {
        lock (_gate)
        {
            _warnings.Enqueue(message);
        }
    }
}
