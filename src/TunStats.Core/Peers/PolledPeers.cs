using System;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Polling;

namespace TunStats.Peers;

/// <summary>
/// The peers of one device of a <see cref="PeerPoller"/>. The bytes by path are kept while the device is absent.
/// </summary>
/// <param name="device">The device's name.</param>
/// <param name="find">Opens the source of a device's peers; null for none.</param>
/// <param name="options">The receivers of each reading.</param>
/// <param name="sink">Receives the results.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class PolledPeers(
    string device,
    Func<LinkInfo, CancellationToken, IPeerSource?> find,
    PeerPollerOptions options,
    IPeerPollerSink sink,
    TimeProvider timeProvider) : IDisposable
{
    // Do not search a device without peers at each reading.
    private static readonly TimeSpan SearchInterval = TimeSpan.FromSeconds(15);

    private readonly PeerTracker _tracker = new();
    private PeerMonitor? _monitor;
    private int _index;
    private long? _searched;
    private bool _isPresent;
    private Exception? _failure;
    private string _warning = string.Empty;

    /// <summary>Whether the last listing had the device.</summary>
    internal bool IsListed { get; set; }

    /// <summary>Reads the peers.</summary>
    internal void Look(LinkInfo link, CancellationToken cancellationToken)
    {
        if (link.Index != _index)
        {
            Close();
            _index = link.Index;
        }

        try
        {
            if (FindMonitor(link, cancellationToken) is not { } monitor)
            {
                return;
            }

            PeerReport? report = monitor.Look(cancellationToken);
            _failure = null;
            if (report is null)
            {
                SetAbsent();
                return;
            }

            _isPresent = true;
            Warn(report.Snapshot);
            options.Metrics?.Update(report);
            sink.OnPeers(report);
        }
        catch (Exception e) when (e is TunStatsException or DescriptorException)
        {
            Fail(e);
        }
    }

    /// <summary>The device was removed.</summary>
    internal void Release()
    {
        Close();
        SetAbsent();
        _tracker.Reset();
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private void Close()
    {
        _monitor?.Dispose();
        _monitor = null;
        _searched = null;
        _index = 0;
    }

    private PeerMonitor? FindMonitor(LinkInfo link, CancellationToken cancellationToken)
    {
        if (_monitor is not null
            || (_searched is { } before && timeProvider.GetElapsedTime(before) < SearchInterval))
        {
            return _monitor;
        }

        _searched = timeProvider.GetTimestamp();
        _monitor = find(link, cancellationToken) is { } source ? new PeerMonitor(source, _tracker) : null;
        return _monitor;
    }

    private void SetAbsent()
    {
        if (_isPresent)
        {
            _isPresent = false;
            options.Metrics?.Remove(device);
            sink.OnAbsent(device);
        }
    }

    private void Fail(Exception error)
    {
        if (!LinkPoller.IsSame(_failure, error))
        {
            sink.OnError(error, device);
        }

        _failure = error;
        options.Metrics?.SetFailing(device);
    }

    private void Warn(TunPeerSnapshot snapshot)
    {
        string warning = string.Join(' ', snapshot.Warnings);
        if (warning.Length > 0 && warning != _warning)
        {
            sink.OnWarning(warning);
        }

        _warning = warning;
    }
}
