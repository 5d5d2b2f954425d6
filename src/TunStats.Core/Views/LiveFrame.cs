using System;
using System.Collections.Generic;
using TunStats.Flows;

namespace TunStats.Views;

/// <summary>All that the live view shows at an instant. Immutable.</summary>
internal sealed record LiveFrame
{
    /// <summary>When it was made, UTC.</summary>
    internal required DateTime Time { get; init; }

    /// <summary>The device, or the sum of all.</summary>
    internal required LiveDevice Device { get; init; }

    /// <summary>The rows, sorted and filtered.</summary>
    internal required IReadOnlyList<LiveRow> Rows { get; init; }

    /// <summary>Bytes per second of each class over ten seconds.</summary>
    internal IReadOnlyList<(FlowClass Class, double Rate)> Classes { get; init; } = [];

    /// <summary>How many connections there were in the last window.</summary>
    internal long Connections { get; init; }

    /// <summary>The newest error or warning; empty if there is none.</summary>
    internal string Message { get; init; } = "";
}
