using System;
using TunStats.Interop;

namespace TunStats.Export;

/// <summary>
/// A sink that cannot be opened, or that did not take entries. The message is a sentence for users that never holds a
/// secret.
/// </summary>
public sealed class LogSinkException : TunStatsException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="kind">What to do about the entries.</param>
    /// <param name="inner">What led to it.</param>
    public LogSinkException(string message, LogSinkErrorKind kind, Exception? inner = null)
        : base(ErrorKind.LogSinkFailed, message, inner) => Failure = kind;

    /// <summary>What to do about the entries.</summary>
    public LogSinkErrorKind Failure { get; }

    /// <summary>The property of the sink's options that is not valid; null if it is none of them.</summary>
    public string? Option { get; init; }

    /// <summary>The number of entries, from the first on, that the destination has taken.</summary>
    public int Taken { get; init; }

    /// <summary>
    /// The number of entries after those that are refused or too large: at least 1 for these kinds, else 0.
    /// </summary>
    public int Refused { get; init; }

    /// <summary>Whether a file that cannot be opened is the wrong one, or may be usable later.</summary>
    /// <param name="errno">Why; None if its content is not that of a log.</param>
    internal static LogSinkErrorKind KindOfOpening(Errno errno) => errno
        is Errno.EAGAIN or Errno.ENOSPC or Errno.EDQUOT or Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.EIO
            or Errno.EINTR or Errno.EBUSY
        ? LogSinkErrorKind.Transient
        : LogSinkErrorKind.Invalid;

    /// <summary>How long the destination asks to wait; null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
