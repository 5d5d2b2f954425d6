using System;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Routes;

/// <summary>
/// Waits for events that may change the routes of a device. It has its own socket, so that one thread waits here while
/// another reads the routes.
/// </summary>
internal sealed class KernelRouteSignal(string name, Func<INetlinkSocket> openSocket, TimeProvider timeProvider)
    : IDisposable
{
    // A change often comes as many events within a millisecond.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan MaxSettle = TimeSpan.FromMilliseconds(20);

    private readonly byte[] _name = LinkName.ToBytes(name);
    private NetlinkConnection? _events;

    /// <summary>Opens the socket if it is not open.</summary>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace cannot be entered.</exception>
    internal void Open() => _events ??= KernelRoutesWatch.Join(openSocket);

    /// <summary>Waits for an event that may concern the device; lost events may.</summary>
    /// <param name="index">The device's index if known.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <exception cref="NetlinkException">The socket failed; the next call opens another.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal void Wait(int index, CancellationToken cancellationToken)
    {
        if (_events is null)
        {
            // Events before the socket was opened are unknown.
            Open();
            return;
        }

        var visitor = new KernelRouteEvents(index, _name);
        while (!visitor.Concern)
        {
            if (!TryReceive(ref visitor, Timeout.InfiniteTimeSpan, cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>Waits for a short pause between events.</summary>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <exception cref="NetlinkException">The socket failed; the next call opens another.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal void Settle(CancellationToken cancellationToken)
    {
        long start = timeProvider.GetTimestamp();
        var visitor = new KernelRouteEvents(0, _name);
        while (TryReceive(ref visitor, Pause, cancellationToken) && timeProvider.GetElapsedTime(start) < MaxSettle)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    /// <summary>Receives one datagram; false on timeout, or if events were lost.</summary>
    private bool TryReceive(ref KernelRouteEvents visitor, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            Open();
            return _events!.ReceiveEvents(ref visitor, timeout, cancellationToken);
        }
        catch (NetlinkException e) when (e.Kind == ErrorKind.NetlinkOverrun)
        {
            return false;
        }
        catch (NetlinkException)
        {
            Close();
            throw;
        }
    }

    private void Close()
    {
        _events?.Dispose();
        _events = null;
    }
}
