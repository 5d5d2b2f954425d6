using System;

namespace TunStats.Conntrack;

/// <summary>The kernel's connection table cannot be counted. The message says why and what to do.</summary>
public sealed class ConntrackException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="kind">Why it cannot be counted.</param>
    /// <param name="message">The whole text for the user.</param>
    /// <param name="innerException">What the kernel said, where it did.</param>
    public ConntrackException(ConntrackErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>Why it cannot be counted.</summary>
    public ConntrackErrorKind Kind { get; }
}
