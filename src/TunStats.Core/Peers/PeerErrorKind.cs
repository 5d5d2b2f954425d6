namespace TunStats.Peers;

/// <summary>Why peers could not be read.</summary>
public enum PeerErrorKind
{
    /// <summary>There is no socket where one was named.</summary>
    NotFound,

    /// <summary>The user may not ask.</summary>
    PermissionDenied,

    /// <summary>No answer, or not the whole of it, within the time limit.</summary>
    Timeout,

    /// <summary>The answer does not follow the protocol, or breaks off.</summary>
    InvalidReply,

    /// <summary>The answer is longer than the limit.</summary>
    TooLong,

    /// <summary>Whoever was asked refused, or failed.</summary>
    Refused,

    /// <summary>Any other error of the socket.</summary>
    Failed,
}
