namespace TunStats.Polling;

/// <summary>What was last told of a device.</summary>
internal enum LinkPresence
{
    /// <summary>Nothing yet.</summary>
    Unknown,

    /// <summary>That it is there.</summary>
    Present,

    /// <summary>That it is not.</summary>
    Absent,
}
