namespace TunStats.Capture;

/// <summary>What about a capture the user should know.</summary>
public enum CaptureWarningKind
{
    /// <summary>The file is empty.</summary>
    Empty,

    /// <summary>The file ends within a record; what was whole was counted.</summary>
    Truncated,

    /// <summary>An interface's packets are of a link type that is not read, and were left out.</summary>
    UnsupportedLinkType,

    /// <summary>Frames whose contents cannot be read were left out.</summary>
    UnreadableFrames,
}
