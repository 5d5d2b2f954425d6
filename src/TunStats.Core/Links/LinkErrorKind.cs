namespace TunStats.Links;

/// <summary>Why a link or its counters could not be read.</summary>
public enum LinkErrorKind
{
    /// <summary>There is no such interface in the namespace (ENODEV).</summary>
    NotFound,

    /// <summary>The text cannot be an interface's name.</summary>
    InvalidName,

    /// <summary>The kernel does not know RTM_GETSTATS: it is older than 4.7.</summary>
    KernelTooOld,

    /// <summary>The kernel's answer lacks what was asked for, or speaks of another interface.</summary>
    InvalidReply,
}
