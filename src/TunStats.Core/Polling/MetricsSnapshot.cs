using System;
using System.Collections.Generic;

namespace TunStats.Polling;

/// <summary>All totals at the end of one poll. Reused, so that a poll allocates nothing.</summary>
internal sealed class MetricsSnapshot
{
    private const int MinCapacity = 16;

    private DeviceMetrics[] _devices = [];
    private int _count;

    /// <summary>All devices that have been read.</summary>
    internal ReadOnlySpan<DeviceMetrics> Devices => _devices.AsSpan(0, _count);

    internal PollCounts Counts { get; private set; }

    internal void Fill(IReadOnlyList<PolledLink> links, bool isFailing, in PollCounts counts)
    {
        if (_devices.Length < links.Count)
        {
            _devices = new DeviceMetrics[Math.Max(links.Count, _devices.Length * 2)];
        }
        else if (_devices.Length > Math.Max(links.Count, MinCapacity) * 4)
        {
            // Many devices were removed: free their memory.
            _devices = new DeviceMetrics[links.Count];
        }

        _count = 0;
        for (int i = 0; i < links.Count; i++)
        {
            if (links[i].WasRead)
            {
                _devices[_count++].Set(links[i], isFailing);
            }
        }

        Counts = counts;
    }
}
