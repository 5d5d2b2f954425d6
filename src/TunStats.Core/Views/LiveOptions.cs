using System.Collections.Generic;
using TunStats.Classes;
using TunStats.Flows;

namespace TunStats.Views;

/// <summary>What the live view shows.</summary>
internal sealed record LiveOptions
{
    /// <summary>Names and wildcards of devices; empty for all tunnels.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The network namespace: a name, a path or a process id; null for the own.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>What connections are summed by at first; null for none.</summary>
    public FlowGrouping? GroupBy { get; init; }

    /// <summary>Which connections are counted; null for all.</summary>
    public FlowFilter? Filter { get; init; }

    /// <summary>Where classes come from, beside the routes of each device.</summary>
    public ClassifierOptions Classes { get; init; } = new();

    /// <summary>How the user gives routes, for messages: names of parameters or options.</summary>
    public string RouteHint { get; init; } = "routes";

    /// <summary>Whether colours are wanted.</summary>
    public bool HasColour { get; init; }
}
