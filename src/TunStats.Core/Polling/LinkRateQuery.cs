using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Polling;

/// <summary>
/// Reads interfaces twice and computes the rates: like the second sample of a poller, but without a poller. Pass it
/// to a <see cref="LinkQuery"/> as its sink, select interfaces, call <see cref="LookAgain"/>.
/// </summary>
internal sealed class LinkRateQuery : ILinkQuerySink
{
    private readonly Action<LinkSample> _onSample;
    private readonly ILinkQuerySink _messages;
    private readonly TimeProvider _timeProvider;
    private readonly Dictionary<int, (RtnlLinkStats64 Stats, long At)> _first = [];
    private readonly HashSet<object> _faults = [];
    private bool _isSecond;

    /// <summary>Makes a query.</summary>
    /// <param name="onSample">Receives the sample of each interface at the second reading.</param>
    /// <param name="messages">Receives errors, once per input, and warnings.</param>
    /// <param name="timeProvider">The clock.</param>
    public LinkRateQuery(Action<LinkSample> onSample, ILinkQuerySink messages, TimeProvider timeProvider)
    {
        _onSample = onSample;
        _messages = messages;
        _timeProvider = timeProvider;
    }

    /// <summary>Waits, then reads for the second time.</summary>
    /// <param name="interval">How long to wait.</param>
    /// <param name="select">Selects the same interfaces as for the first reading.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="TunStatsException">The kernel is older than 4.7.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public void LookAgain(TimeSpan interval, Action select, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(select);
        using (var timer = new TickTimer(_timeProvider, interval))
        {
            timer.WaitForNext(Timeout.InfiniteTimeSpan, cancellationToken, out _);
        }

        _isSecond = true;
        select();
    }

    /// <inheritdoc/>
    void ILinkQuerySink.OnStats(RtnlLinkStats64 stats)
    {
        long now = _timeProvider.GetTimestamp();
        if (!_isSecond)
        {
            _first[stats.Index] = (stats, now);
        }
        else if (_first.TryGetValue(stats.Index, out (RtnlLinkStats64 Stats, long At) first)
            && first.Stats.Name == stats.Name)
        {
            _onSample(new LinkSample(first.Stats, stats, _timeProvider.GetElapsedTime(first.At, now)));
        }
        else
        {
            _onSample(new LinkSample(before: null, stats, TimeSpan.Zero));
        }
    }

    /// <inheritdoc/>
    void ILinkQuerySink.OnError(TunStatsException error, object input)
    {
        if (_faults.Add(input))
        {
            _messages.OnError(error, input);
        }
    }

    /// <inheritdoc/>
    void ILinkQuerySink.OnWarning(string message)
    {
        if (!_isSecond)
        {
            _messages.OnWarning(message);
        }
    }
}
