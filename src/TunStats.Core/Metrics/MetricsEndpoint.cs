using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Interop;

namespace TunStats.Metrics;

/// <summary>
/// Serves totals over HTTP at /metrics. A minimal server of its own, because the framework's has no limit for
/// connections that send nothing: here each connection has a deadline, a maximum head and one request. When all places
/// are taken, new connections wait in the backlog, and one without a request for a while is closed. A scrape never
/// blocks the source of the totals.
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

    // A thread normally starts in milliseconds.
    private static readonly TimeSpan MaxStart = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AfterFailedAccept = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener;
    private readonly MetricsSource _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _stop = new();
    private readonly LinkedList<MetricsConnection> _connections = [];
    private readonly MetricsHosts _hosts;
    private TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;

    private MetricsEndpoint(
        Socket listener, Task<Socket> first, MetricsSource metrics, MetricsHosts hosts, TimeProvider timeProvider)
    {
        _hosts = hosts;
        _listener = listener;
        _metrics = metrics;
        _timeProvider = timeProvider;
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        _accepting = Task.Run(() => AcceptAllAsync(first));
    }

    /// <summary>The address and the port, also if the system chose the port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The URL of the metrics.</summary>
    public Uri Url => new($"http://{EndPoint}/metrics");

    /// <summary>The number of open connections.</summary>
    internal int Connections
    {
        get
        {
            lock (_connections)
            {
                return _connections.Count;
            }
        }
    }

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
        Socket? listener = null;
        try
        {
            listener = new Socket(address.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(address.EndPoint);
            listener.Listen(Backlog);

            // The runtime creates its threads and its epoll descriptor now, while an error can still be reported.
            Task.Run(static () => { }).Wait(MaxStart);
            Task<Socket> first = listener.AcceptAsync();
            if (first.IsFaulted)
            {
                first.GetAwaiter().GetResult();
            }

            return new MetricsEndpoint(
                listener, first, metrics, hosts ?? new MetricsHosts([]), timeProvider ?? TimeProvider.System);
        }
        catch (Exception e) when (IsRefusal(e))
        {
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
        _listener.Dispose();
        _accepting.Wait();
        Task[] serving;
        lock (_connections)
        {
            serving = [.. TasksOf(_connections)];
        }

        Task.WaitAll(serving);
        _stop.Dispose();
    }

    private static IEnumerable<Task> TasksOf(IEnumerable<MetricsConnection> connections)
    {
        foreach (MetricsConnection connection in connections)
        {
            yield return connection.Completion;
        }
    }

    /// <summary>
    /// Whether the kernel refused a resource that sockets need. For epoll the framework throws an internal exception
    /// type.
    /// </summary>
    internal static bool IsRefusal(Exception e) =>
        e is SocketException or OutOfMemoryException or ThreadStartException or TypeInitializationException
        || e.GetType() is { Namespace: "System.Net", IsPublic: false };

    private static TunStatsException Failure(string address, Exception e)
    {
        (ErrorKind kind, string why) = (e as SocketException)?.SocketErrorCode switch
        {
            null or SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => (
                ErrorKind.MetricsEndpointFailed,
                "the kernel gave no descriptor, memory or thread. End other programs or raise the limits (ulimit -n, "
                + "ulimit -u)."),
            SocketError.AddressAlreadyInUse => (
                ErrorKind.MetricsEndpointInUse,
                "something else listens there. Choose another port, or end that program."),
            SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported => (
                ErrorKind.MetricsEndpointNotAvailable, "this machine does not have the address."),
            SocketError.AccessDenied => (
                ErrorKind.MetricsEndpointDenied,
                "this user may not. Choose a port from 1024 on, or run as a user that may."),
            _ => (ErrorKind.MetricsEndpointFailed, e.Message),
        };
        return new TunStatsException(kind, address, $"Metrics cannot be served at '{address}': {why}", e);
    }

    private async Task AcceptAllAsync(Task<Socket>? first)
    {
        CancellationToken stop = _stop.Token;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await WaitForRoomAsync(stop).ConfigureAwait(false);
                Task<Socket> next = first ?? _listener.AcceptAsync(stop).AsTask();
                first = null;
                Admit(await next.ConfigureAwait(false));
            }
            catch (Exception e) when (stop.IsCancellationRequested
                && e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client gave up, or the process has no descriptor left: retry, but not at once.
                await Task.Delay(AfterFailedAccept, _timeProvider, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits until a connection may be accepted; the others wait in the backlog meanwhile.</summary>
    private async Task WaitForRoomAsync(CancellationToken stop)
    {
        while (true)
        {
            Task left;
            TimeSpan wait;
            lock (_connections)
            {
                if (_connections.Count < MaxConnections || TryEvictSilent(out wait))
                {
                    return;
                }

                left = _left.Task;
            }

            try
            {
                await left.WaitAsync(wait, _timeProvider, stop).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Close the one that has been silent the longest.
            }
        }
    }

    private void Admit(Socket socket)
    {
        lock (_connections)
        {
            var connection = new MetricsConnection(socket, _metrics, _hosts, _timeProvider);
            LinkedListNode<MetricsConnection> node = _connections.AddLast(connection);
            connection.Start(() => Remove(node), _stop.Token);
        }
    }

    /// <summary>Closes the connection that has been without a request the longest, if that was long enough.</summary>
    /// <param name="wait">Otherwise the time until one may be closed.</param>
    private bool TryEvictSilent(out TimeSpan wait)
    {
        LinkedListNode<MetricsConnection>? node = _connections.First;
        while (node is not null && node.Value.HasRequest)
        {
            node = node.Next;
        }

        wait = node is null
            ? SilenceLimit
            : SilenceLimit - _timeProvider.GetElapsedTime(node.Value.AcceptedAt);
        if (node is null || wait > TimeSpan.Zero)
        {
            return false;
        }

        _connections.Remove(node);
        node.Value.Abort();
        return true;
    }

    private void Remove(LinkedListNode<MetricsConnection> node)
    {
        lock (_connections)
        {
            if (node.List is not null)
            {
                _connections.Remove(node);
            }

            _left.TrySetResult();
            _left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
