namespace TunStats.Capture;

/// <summary>The kind of a warning about a capture.</summary>
internal enum CaptureWarningKind
{
    /// <summary>The file is empty.</summary>
    Empty,

    /// <summary>The file ends within a record; the complete records were counted.</summary>
    Truncated,

    /// <summary>The packets of an interface have an unsupported link type and were skipped.</summary>
    UnsupportedLinkType,

    /// <summary>Frames with unreadable contents were skipped.</summary>
    UnreadableFrames,

    /// <summary>The capture says that packets were dropped while it was made.</summary>
    Dropped,
}
