using System.Buffers;
using System.Collections.Generic;
using System.Threading;
using TunStats.Metrics;

namespace TunStats.Polling;

/// <summary>
/// The totals of one poller for Prometheus: the poller stores them after each poll, any number of scrapes read them. A
/// scrape never blocks the poller.
/// </summary>
internal sealed class PollerMetrics : MetricsSource
{
    private const int Fresh = 4;
    private const int IndexMask = 3;

    // Triple buffer: the poller fills one, the scrapes read one, the third is exchanged. Its number, and whether it is
    // newer than the scrapes' buffer, change in one atomic step.
    private readonly MetricsSnapshot[] _snapshots = [new(), new(), new()];
    private readonly object _reading = new();
    private int _writeIndex;
    private int _exchange = 1;
    private int _readIndex = 2;

    private byte[] _pollerLabels = MetricsLabel.Pairs(("poller", ""));
    private bool _hasNamespace;

    /// <summary>
    /// The labels of the poller's own series, which distinguish the files of several pollers.
    /// </summary>
    internal void SetPoller(IReadOnlyList<string> names, string? networkNamespace)
    {
        string poller = string.Join(',', names);
        lock (_reading)
        {
            _pollerLabels = networkNamespace is null
                ? MetricsLabel.Pairs(("poller", poller))
                : MetricsLabel.Pairs(("poller", poller), ("namespace", networkNamespace));
            _hasNamespace = networkNamespace is not null;
        }
    }

    /// <summary>Stores the totals of a poll. Not thread-safe.</summary>
    internal void Publish(IReadOnlyList<PolledLink> links, bool isFailing, in PollCounts counts)
    {
        _snapshots[_writeIndex].Fill(links, isFailing, counts);
        _writeIndex = Interlocked.Exchange(ref _exchange, _writeIndex | Fresh) & IndexMask;
        RaisePublished();
    }

    private protected override void WriteOwn(MetricsFormat format, IBufferWriter<byte> buffer)
    {
        lock (_reading)
        {
            if ((Volatile.Read(ref _exchange) & Fresh) != 0)
            {
                _readIndex = Interlocked.Exchange(ref _exchange, _readIndex) & IndexMask;
            }

            PollerMetricsText.Write(_snapshots[_readIndex], _pollerLabels, _hasNamespace, format, buffer);
        }
    }
}
