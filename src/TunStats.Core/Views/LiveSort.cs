namespace TunStats.Views;

/// <summary>What the rows of the live view are sorted by, the largest first.</summary>
internal enum LiveSort
{
    /// <summary>Bytes per second of both directions, over ten seconds.</summary>
    Rate,

    /// <summary>Bytes per second sent, in the last window.</summary>
    Sent,

    /// <summary>Bytes per second received, in the last window.</summary>
    Received,

    /// <summary>Bytes since the view began.</summary>
    Total,

    /// <summary>By name, the first first.</summary>
    Name,
}
