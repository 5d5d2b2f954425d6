namespace TunStats.Capture;

/// <summary>Why a capture file cannot be read any further.</summary>
public enum CaptureErrorKind
{
    /// <summary>It is neither pcap nor pcapng.</summary>
    NotACapture,

    /// <summary>It is damaged at the offset told.</summary>
    Damaged,

    /// <summary>Its packets are of a link type that is not read.</summary>
    UnsupportedLinkType,
}
