using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Polling;

namespace TunStats.Peers;

/// <summary>
/// Reads the peers of devices at each interval on its own thread, so that a source that stalls or fails delays nothing
/// else. Devices are tracked by name. Errors do not end it: each is reported once per change of state.
/// </summary>
internal sealed class PeerPoller : IDisposable
{
    /// <summary>How long a run that ends by itself waits for a final reading.</summary>
    public static readonly TimeSpan LastLookLimit = TimeSpan.FromSeconds(2);

    private readonly PeerPollerOptions _options;
    private readonly IPeerPollerSink _sink;
    private readonly TimeProvider _timeProvider;
    private readonly PolledNames _names;
    private readonly IPeerDevices _devices;
    private readonly SortedDictionary<string, PolledPeers> _polled = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly AutoResetEvent _wake = new(initialState: true);
    private readonly object _gate = new();
    private ITimer? _timer;
    private Thread? _thread;
    private Exception? _failure;
    private long _requested = 1;
    private long _answered;
    private bool _isStalled;

    /// <summary>Makes a poller of this kernel; <see cref="Start"/> starts it.</summary>
    /// <param name="options">Which peers, and how often.</param>
    /// <param name="sink">Receives the results.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="TunStatsException">The text cannot name a namespace.</exception>
    public PeerPoller(PeerPollerOptions options, IPeerPollerSink sink, TimeProvider? timeProvider = null)
        : this(options, sink, timeProvider ?? TimeProvider.System, devices: null)
    {
    }

    internal PeerPoller(
        PeerPollerOptions options, IPeerPollerSink sink, TimeProvider timeProvider, IPeerDevices? devices)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sink);
        _options = options;
        _sink = sink;
        _timeProvider = timeProvider;
        _names = new PolledNames(options.Names);
        _devices = devices ?? new KernelPeerDevices(options, timeProvider);
    }

    /// <summary>Reads at once and then at each interval, on a background thread, until disposed.</summary>
    public void Start()
    {
        TimeSpan interval = _options.Interval > PeerPollerOptions.MinInterval
            ? _options.Interval
            : PeerPollerOptions.MinInterval;
        _timer = _timeProvider.CreateTimer(_ => _wake.Set(), null, interval, interval);
        _thread = new Thread(Run) { IsBackground = true, Name = "TunStats peers" };
        _thread.Start();
    }

    /// <summary>
    /// Requests a reading and waits for it. While a source stalls, only the first caller waits.
    /// </summary>
    /// <param name="limit">How long to wait.</param>
    /// <returns>Whether a reading that began after this call has ended.</returns>
    public bool PollNow(TimeSpan limit)
    {
        lock (_gate)
        {
            long mine = ++_requested;
            _wake.Set();
            long started = _timeProvider.GetTimestamp();
            while (_answered < mine && !_isStalled)
            {
                TimeSpan left = limit - _timeProvider.GetElapsedTime(started);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                {
                    _isStalled = _answered < mine;
                }
            }

            return _answered >= mine;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _thread?.Join();
        _timer?.Dispose();
        foreach (PolledPeers peers in _polled.Values)
        {
            peers.Dispose();
        }

        _devices.Dispose();
        _wake.Dispose();
        _stop.Dispose();
    }

    /// <summary>Reads once.</summary>
    internal void Look(CancellationToken cancellationToken)
    {
        try
        {
            if (_devices.HasMoved())
            {
                LeaveAll();
            }

            IReadOnlyList<LinkInfo> links = _devices.List(IsWanted, cancellationToken);
            _failure = null;
            LookAt(links, cancellationToken);
        }
        catch (Exception e) when (e is TunStatsException or DescriptorException)
        {
            if (_failure is null || !LinkPoller.IsSame(_failure, e))
            {
                _sink.OnError(e, null);
            }

            _failure = e;
        }
    }

    private bool IsWanted(LinkInfo link) =>
        _options.Names.Count == 0 ? link.IsTunnel : _names.Matches(link.Name, link.AlternativeNames);

    private void LookAt(IReadOnlyList<LinkInfo> links, CancellationToken cancellationToken)
    {
        foreach (PolledPeers peers in _polled.Values)
        {
            peers.IsListed = false;
        }

        foreach (LinkInfo link in links)
        {
            if (!_polled.TryGetValue(link.Name, out PolledPeers? peers))
            {
                peers = new PolledPeers(link.Name, _devices.Find, _options, _sink, _timeProvider);
                _polled.Add(link.Name, peers);
            }

            peers.IsListed = true;
            peers.Look(link, cancellationToken);
        }

        foreach ((string name, PolledPeers peers) in _polled.Where(pair => !pair.Value.IsListed).ToArray())
        {
            peers.Release();
            if (!_names.IsLiteral(name))
            {
                _polled.Remove(name);
            }
        }
    }

    private void LeaveAll()
    {
        foreach (PolledPeers peers in _polled.Values)
        {
            peers.Release();
        }
    }

    private void Run()
    {
        WaitHandle[] handles = [_stop.Token.WaitHandle, _wake];
        while (WaitHandle.WaitAny(handles) == 1)
        {
            long request;
            lock (_gate)
            {
                request = _requested;
            }

            try
            {
                Look(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The last frame of the thread: a defect must not end the process.
                _sink.OnError(e, null);
            }

            _options.Looked?.Invoke();
            lock (_gate)
            {
                _answered = request;
                _isStalled = false;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
