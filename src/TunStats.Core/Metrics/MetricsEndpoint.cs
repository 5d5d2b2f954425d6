using System;
using System.Collections.Generic;
using System.Net;
using System.Threading;
using TunStats.Interop;

namespace TunStats.Metrics;

/// <summary>
/// Serves totals over HTTP at /metrics. A minimal server of its own, because the framework's has no limit for
/// connections that send nothing: here each connection has a deadline, a maximum head and one request. When all places
/// are taken, new connections wait in the backlog, and one without a request for a while is closed. A scrape never
/// blocks the source of the totals. One thread, started at the beginning, serves all: the framework's asynchronous
/// sockets start threads as they like, and abort the process where the kernel refuses one.
/// </summary>
internal sealed class MetricsEndpoint : IDisposable
{
    internal const int MaxConnections = 64;

    // The system's default limit (net.core.somaxconn).
    private const int Backlog = 4096;

    /// <summary>
    /// How long a connection may stay without a request when all places are taken. A client in the backlog has sent its
    /// request long before it is accepted.
    /// </summary>
    internal static readonly TimeSpan SilenceLimit = TimeSpan.FromMilliseconds(100);

    // How late a deadline may be noticed, and the pause after a refusal of the kernel.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    private readonly TcpSocket _listener;
    private readonly MetricsSource _metrics;
    private readonly MetricsHosts _hosts;
    private readonly TimeProvider _timeProvider;
    private readonly DescriptorWait _wait;
    private readonly CancellationTokenSource _stop = new();

    // In the order in which they were accepted.
    private readonly List<MetricsConnection> _connections = [];
    private readonly Thread _thread;
    private volatile int _count;

    private MetricsEndpoint(
        TcpSocket listener, IPEndPoint endPoint, MetricsSource metrics, MetricsHosts hosts, TimeProvider timeProvider)
    {
        _hosts = hosts;
        _listener = listener;
        _metrics = metrics;
        _timeProvider = timeProvider;
        EndPoint = endPoint;
        _wait = new DescriptorWait(timeProvider);
        _thread = new Thread(Serve) { IsBackground = true, Name = "TunStats metrics" };
    }

    /// <summary>The address and the port, also if the system chose the port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The URL of the metrics.</summary>
    public Uri Url => new($"http://{EndPoint}/metrics");

    /// <summary>The number of open connections.</summary>
    internal int Connections => _count;

    /// <summary>Listens and starts serving.</summary>
    /// <param name="address">Where.</param>
    /// <param name="metrics">The totals.</param>
    /// <param name="timeProvider">The clock of deadlines; null for the system's.</param>
    /// <param name="hosts">The hosts that requests may name; null for only addresses and localhost.</param>
    /// <exception cref="TunStatsException">
    /// The address is in use, not this machine's, or not allowed.
    /// </exception>
    public static MetricsEndpoint Open(
        MetricsEndpointAddress address,
        MetricsSource metrics,
        TimeProvider? timeProvider = null,
        MetricsHosts? hosts = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(metrics);
        TcpSocket? listener = null;
        MetricsEndpoint? endpoint = null;
        try
        {
            listener = TcpSocket.Listen(address.EndPoint, Backlog);
            endpoint = new MetricsEndpoint(
                listener,
                listener.LocalEndPoint(address.EndPoint),
                metrics,
                hosts ?? new MetricsHosts([]),
                timeProvider ?? TimeProvider.System);
            endpoint._wait.Prepare();
            endpoint._thread.Start();
            return endpoint;
        }
        catch (Exception e) when (e is DescriptorException or OutOfMemoryException or ThreadStartException)
        {
            endpoint?._wait.Dispose();
            listener?.Dispose();
            throw Failure(address.Text, e);
        }
    }

    /// <summary>Stops listening and closes all connections.</summary>
    public void Dispose()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        _stop.Cancel();
        _thread.Join();
        _wait.Dispose();
        _stop.Dispose();
    }

    private static TunStatsException Failure(string address, Exception e)
    {
        (ErrorKind kind, string why) = (e as DescriptorException)?.Errno switch
        {
            null or Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM => (
                ErrorKind.MetricsEndpointFailed,
                "the kernel gave no descriptor, memory or thread. End other programs or raise the limits (ulimit -n, "
                + "ulimit -u)."),
            Errno.EADDRINUSE => (
                ErrorKind.MetricsEndpointInUse,
                "something else listens there. Choose another port, or end that program."),
            Errno.EADDRNOTAVAIL or Errno.EAFNOSUPPORT => (
                ErrorKind.MetricsEndpointNotAvailable, "this machine does not have the address."),
            Errno.EACCES => (
                ErrorKind.MetricsEndpointDenied,
                "this user may not. Choose a port from 1024 on, or run as a user that may."),
            _ => (ErrorKind.MetricsEndpointFailed, e.Message),
        };
        return new TunStatsException(kind, address, $"Metrics cannot be served at '{address}': {why}", e);
    }

    private void Serve()
    {
        Span<pollfd> all = stackalloc pollfd[MaxConnections + 2];
        bool isPaused = false;
        while (!_stop.IsCancellationRequested)
        {
            // poll(2) skips a negative descriptor.
            bool accepts = !isPaused && HasRoom();
            all[0] = new pollfd { fd = accepts ? _listener.Number : -1, events = SocketConstants.POLLIN };
            for (int i = 0; i < _connections.Count; i++)
            {
                MetricsConnection connection = _connections[i];
                all[i + 1] = new pollfd { fd = connection.Number, events = connection.Events };
            }

            if (!TryWait(all[..(_connections.Count + 2)], isPaused))
            {
                isPaused = true;
                continue;
            }

            Proceed(all[1..]);
            isPaused = all[0].revents != 0 && !TryAdmit();
            _count = _connections.Count;
        }

        _listener.Dispose();
        _connections.ForEach(c => c.Dispose());
        _count = 0;
    }

    /// <summary>Waits for a client, or a deadline.</summary>
    /// <returns>False if the wait was not possible, or ended by a stop.</returns>
    private bool TryWait(Span<pollfd> descriptors, bool isPaused)
    {
        try
        {
            _wait.Start(isPaused || _connections.Count > 0 ? Tick : Timeout.InfiniteTimeSpan);
            _wait.Any(descriptors, _stop.Token);
            return true;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return false;
        }
        catch (DescriptorException)
        {
            // The kernel has no memory for the wait: retry, but not at once.
            _stop.Token.WaitHandle.WaitOne(Tick);
            return false;
        }
    }

    /// <summary>Goes on with those that are ready, and closes those that are done or late.</summary>
    private void Proceed(ReadOnlySpan<pollfd> descriptors)
    {
        for (int i = _connections.Count - 1; i >= 0; i--)
        {
            MetricsConnection connection = _connections[i];
            if ((descriptors[i].revents != 0 && !connection.Proceed()) || connection.IsLate)
            {
                connection.Dispose();
                _connections.RemoveAt(i);
            }
        }
    }

    /// <summary>
    /// Whether a connection may be accepted. Where all places are taken, the one that has been without a request the
    /// longest is closed, if that was long enough; the others wait in the backlog meanwhile.
    /// </summary>
    private bool HasRoom()
    {
        if (_connections.Count < MaxConnections)
        {
            return true;
        }

        int silent = _connections.FindIndex(c => !c.HasRequest);
        if (silent < 0 || _timeProvider.GetElapsedTime(_connections[silent].AcceptedAt) < SilenceLimit)
        {
            return false;
        }

        _connections[silent].Dispose();
        _connections.RemoveAt(silent);
        return true;
    }

    /// <summary>Accepts a client.</summary>
    /// <returns>False if it gave up already, or the process has no descriptor left.</returns>
    private bool TryAdmit()
    {
        if (_listener.Accept() is not { } socket)
        {
            return false;
        }

        _connections.Add(new MetricsConnection(socket, _metrics, _hosts, _timeProvider));
        return true;
    }
}
