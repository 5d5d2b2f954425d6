namespace TunStats.Capture;

/// <summary>Why packets of a device cannot be captured.</summary>
public enum PacketRingErrorKind
{
    /// <summary>The process lacks CAP_NET_RAW.</summary>
    PermissionDenied,

    /// <summary>The kernel gave no memory for the ring.</summary>
    OutOfMemory,

    /// <summary>No IP packet travels on a device of this kind.</summary>
    NoIpDevice,

    /// <summary>A system call failed for another reason, which the message tells.</summary>
    Failed,
}
