namespace TunStats.IO;

/// <summary>Why a network namespace cannot be used.</summary>
public enum NetworkNamespaceErrorKind
{
    /// <summary>There is no such name, path or process.</summary>
    NotFound,

    /// <summary>The file that stands for the namespace may not be read.</summary>
    Unreadable,

    /// <summary>The file stands for something else.</summary>
    NotANamespace,

    /// <summary>The process may not enter the namespace (CAP_SYS_ADMIN is needed there and here).</summary>
    EnterDenied,

    /// <summary>A system call failed for another reason, which the message tells.</summary>
    Failed,
}
