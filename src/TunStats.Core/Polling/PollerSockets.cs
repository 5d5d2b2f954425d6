using System;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Polling;

/// <summary>
/// The sockets of a poller, one for requests and one for events, opened on demand and again after an error, and the
/// reading of one poll over them.
/// </summary>
internal sealed class PollerSockets : IDisposable
{
    // A device re-created during the reading is read again; with more frequent changes the next poll reads it.
    private const int MaxAttempts = 4;

    private readonly Func<INetlinkSocket> _open;
    private readonly TimeProvider _timeProvider;
    private readonly bool _isDetailed;
    private readonly LinkWatch _watch;
    private LinkClient? _client;

    internal PollerSockets(Func<INetlinkSocket> open, TimeProvider timeProvider, bool isDetailed)
    {
        _isDetailed = isDetailed;
        _open = open;
        _timeProvider = timeProvider;
        _watch = new LinkWatch(open);
    }

    /// <summary>
    /// Reads the counters of all present devices: one request for one device, one dump for several. The events received
    /// afterwards show whether a device was replaced during the reading; then it is read again.
    /// </summary>
    /// <returns>Whether devices changed, and whether they still changed at the last attempt.</returns>
    /// <exception cref="TunStatsException">The kernel is too old, or its answer lacks what was asked for.</exception>
    /// <exception cref="NetlinkException">A socket failed, or the kernel refused.</exception>
    /// <exception cref="TunStatsException">The namespace cannot be entered.</exception>
    internal (bool Changed, bool IsSettled) Read(LinkTracker links, CancellationToken cancellationToken)
    {
        try
        {
            LinkClient client = _client ??= OpenClient();
            links.DecideNames(client, cancellationToken);
            (bool Changed, bool IsSettled) outcome = ReadOver(client, links, cancellationToken);
            if (_isDetailed && links.Present > 0)
            {
                links.UpdateDetails(client.ReadDetails(cancellationToken));
            }

            return outcome;
        }
        catch (NetlinkException e) when (e.Kind != ErrorKind.NetlinkRefused)
        {
            _client?.Dispose();
            _client = null;
            throw;
        }
    }

    /// <summary>Closes the sockets and removes all devices: the next read is in another namespace.</summary>
    internal void Release(LinkTracker links)
    {
        _client?.Dispose();
        _client = null;
        _watch.Forget(links);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client?.Dispose();
        _client = null;
        _watch.Dispose();
    }

    private static void ReadCounters(LinkClient client, LinkTracker links, CancellationToken cancellationToken)
    {
        switch (links.Present)
        {
            case 0:
                return;
            case 1:
                int index = links.OnlyIndex;
                try
                {
                    links.Stage(index, client.ReadCounters(index, cancellationToken));
                }
                catch (TunStatsException e) when (e.Kind == ErrorKind.DeviceNotFound)
                {
                    // It was removed. The following events, or a listing, give the details.
                }

                return;
            default:
                var visitor = new StagingVisitor(links);
                client.ReadAllCounters(ref visitor, cancellationToken);
                return;
        }
    }

    private (bool Changed, bool IsSettled) ReadOver(
        LinkClient client, LinkTracker links, CancellationToken cancellationToken)
    {
        links.BeginPoll();
        bool changed = !_watch.IsCurrent && _watch.Update(client, links, cancellationToken);
        bool listed = false;
        for (int attempt = 1; ; attempt++)
        {
            ReadCounters(client, links, cancellationToken);
            bool news = _watch.Update(client, links, cancellationToken);
            if (!news && !listed && !links.AreAllRead())
            {
                // A device is missing without an event: the event was lost or is still to come.
                listed = true;
                _watch.Invalidate();
                news = _watch.Update(client, links, cancellationToken);
            }

            changed |= news;
            if (!news || attempt == MaxAttempts || links.AreAllRead())
            {
                return (changed, IsSettled: !news);
            }
        }
    }

    private LinkClient OpenClient() => new(new NetlinkConnection(_open()), _timeProvider);

    private readonly struct StagingVisitor(LinkTracker links) : ILinkCountersVisitor
    {
        // A repeated entry of a dump replaces the earlier one.
        public void Restart() => links.BeginDump();

        public void Visit(int index, in LinkCounters counters) => links.Stage(index, counters);
    }
}
