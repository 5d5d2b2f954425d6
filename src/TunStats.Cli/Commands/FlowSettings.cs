using System;
using System.Collections.Generic;
using TunStats.Packets;

namespace TunStats.Cli.Commands;

/// <summary>What <c>tunstats flows</c> and <c>tunstats netlog</c> count.</summary>
internal sealed record FlowSettings
{
    /// <summary>Devices, by name or wildcard, and capture files.</summary>
    internal required IReadOnlyList<string> Sources { get; init; }

    /// <summary>How long to count devices; null for 5 s, or without end where there is an interval.</summary>
    internal TimeSpan? Duration { get; init; }

    /// <summary>How long a window is; null for one window.</summary>
    internal TimeSpan? Interval { get; init; }

    /// <summary>How many connections of each window, those of most bytes first; null for all.</summary>
    internal int? Top { get; init; }

    /// <summary>This node's addresses, for captures that tell no directions.</summary>
    internal IReadOnlyCollection<IpAddr> LocalAddresses { get; init; } = [];

    /// <summary>The devices' network namespace.</summary>
    internal string? NetworkNamespace { get; init; }
}
