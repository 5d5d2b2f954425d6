namespace TunStats.Polling;

/// <summary>The last reported presence of a device.</summary>
internal enum LinkPresence
{
    /// <summary>Not reported yet.</summary>
    Unknown,

    /// <summary>Reported as present.</summary>
    Present,

    /// <summary>Reported as absent.</summary>
    Absent,
}
