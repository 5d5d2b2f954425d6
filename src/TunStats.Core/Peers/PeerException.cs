using System;

namespace TunStats.Peers;

/// <summary>Peers could not be read. The message says from where, why, and what to do.</summary>
public sealed class PeerException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="kind">Why they could not be read.</param>
    /// <param name="message">The whole text for the user.</param>
    /// <param name="inner">What led to it; null where nothing else did.</param>
    public PeerException(PeerErrorKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>Why they could not be read.</summary>
    public PeerErrorKind Kind { get; }
}
