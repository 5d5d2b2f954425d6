using TunStats.Links;


namespace TunStats.Polling;

/// <summary>
/// The link state and the queueing discipline of one polled device: the last reading, and monotonic totals.
/// </summary>
internal sealed class PolledLinkDetails
{
    private LinkInfo? _link;
    private QdiscStats? _queue;
    private DetailMetrics _totals;
    private bool _isNewDevice;
    private bool _isBaselineKnown = true;

    /// <summary>Notes that another device has the name now.</summary>
    /// <param name="isBaselineKnown">Whether it counts from 0; otherwise its first reading adds nothing.</param>
    internal void Restart(bool isBaselineKnown) => (_isNewDevice, _isBaselineKnown) = (true, isBaselineKnown);

    /// <summary>Stores a reading; keeps the last one if the device is missing.</summary>
    internal void Update(LinkDetails details, int index)
    {
        if (details.Find(index, out QdiscStats? queue) is not { } link)
        {
            return;
        }

        if (_isBaselineKnown)
        {
            Add(link, queue);
        }

        _totals.IsKnown = true;
        _totals.HasQueueTotals |= queue.HasValue;
        _link = link;
        _queue = queue;
        _isNewDevice = false;
        _isBaselineKnown = true;
    }

    /// <summary>Adds the last reading to counters, if it is of the same device.</summary>
    internal RtnlLinkStats64 AddTo(RtnlLinkStats64 stats) =>
        _link is { } link && link.Index == stats.Index ? new DetailedLinkStats(stats, link, _queue) : stats;

    /// <summary>The totals for a scrape.</summary>
    /// <param name="isPresent">Whether the device is present, so that its state is current.</param>
    internal DetailMetrics ToMetrics(bool isPresent)
    {
        DetailMetrics metrics = _totals;
        metrics.Link = isPresent ? _link : null;
        metrics.Queue = isPresent ? _queue : null;
        return metrics;
    }

    private void Add(LinkInfo link, QdiscStats? queue)
    {
        // A device that comes back from another namespace keeps its index and its carrier changes.
        uint carrierChanges = link.Index == _link?.Index ? _link.CarrierChanges : 0;
        _totals.CarrierChanges += Increase(carrierChanges, link.CarrierChanges);
        if (queue is { } now)
        {
            // A new discipline counts from 0, and a device that comes back has a new one.
            bool isSame = !_isNewDevice && link.Qdisc == _link?.Qdisc;
            QdiscStats last = isSame ? _queue.GetValueOrDefault() : default;
            _totals.Drops += Increase(last.Drops, now.Drops);
            _totals.Overlimits += Increase(last.Overlimits, now.Overlimits);
            _totals.Requeues += Increase(last.Requeues, now.Requeues);
        }
    }

    /// <summary>
    /// The increase of a 32-bit counter: a decrease is a wrap-around if that is the smaller step, else a reset.
    /// </summary>
    private static uint Increase(uint last, uint now)
    {
        uint forward = unchecked(now - last);
        return now >= last || forward <= int.MaxValue ? forward : now;
    }
}
