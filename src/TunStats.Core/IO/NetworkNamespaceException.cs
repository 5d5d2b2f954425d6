using System;

namespace TunStats.IO;

/// <summary>A network namespace cannot be found, read or entered. The message says what to do.</summary>
public sealed class NetworkNamespaceException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="kind">Why the namespace cannot be used.</param>
    /// <param name="text">What named the namespace.</param>
    /// <param name="message">The whole text for the user.</param>
    public NetworkNamespaceException(NetworkNamespaceErrorKind kind, string text, string message)
        : base(message)
    {
        Kind = kind;
        NamespaceText = text;
    }

    /// <summary>Why the namespace cannot be used.</summary>
    public NetworkNamespaceErrorKind Kind { get; }

    /// <summary>What named the namespace: a name, a path or a process id.</summary>
    public string NamespaceText { get; }
}
