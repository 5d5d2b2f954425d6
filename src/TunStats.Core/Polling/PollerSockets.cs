using System;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Polling;

/// <summary>
/// The sockets of a poller, one for requests and one for events, opened when they are needed and again after they
/// failed, and how one poll is read over them.
/// </summary>
internal sealed class PollerSockets : IDisposable
{
    // A device made again while it is read is read again; where devices come and go faster than that, the next poll
    // does.
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
    /// Reads the counters of all polled devices that are there: one request for one, one dump for many. The events
    /// that are taken after it say whether what was read is of the devices that it was thought to be of; else it is
    /// read again.
    /// </summary>
    /// <returns>Whether devices came or went, and whether it was still so at the last try.</returns>
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

    /// <summary>Closes the sockets and lets all devices go: the next read is of another namespace.</summary>
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
                    // It went. The events that follow, or a listing, tell what became of it.
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
                // A device is not there and no event told of it: its event was lost, or is yet to come.
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
        // What a dump tells again replaces what it told before.
        public void Restart() => links.BeginDump();

        public void Visit(int index, in LinkCounters counters) => links.Stage(index, counters);
    }
}
