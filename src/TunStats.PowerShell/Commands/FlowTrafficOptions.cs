using System.Collections.Generic;
using TunStats.Flows;
using TunStats.NetLog;

namespace TunStats.PowerShell.Commands;

/// <summary>What Get-FlowTraffic counts live, in the pipeline or as a job.</summary>
internal sealed record FlowTrafficOptions
{
    /// <summary>Devices by name and wildcard; empty where connection tracking is read.</summary>
    internal IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The network namespace; null for the own.</summary>
    internal string? NetworkNamespace { get; init; }

    /// <summary>Filters, windows and how many of them.</summary>
    internal required FlowMeterOptions Meter { get; init; }

    /// <summary>How connection tracking is read; null where devices are.</summary>
    internal ConntrackOptions? Conntrack { get; init; }

    /// <summary>Reads the table as it is, in place of windows.</summary>
    internal bool IsTableOnly { get; init; }

    /// <summary>What classes come from; null where none are asked for.</summary>
    internal ClassifierOptions? Classifier { get; init; }
}
