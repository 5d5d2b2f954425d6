using System;

namespace TunStats.Interop;

/// <summary>
/// The exception of the core for errors that users can cause or meet: wrong input, missing rights, a kernel or a disk
/// that refuses. The message says what is wrong, with which input, and what to do. Any other exception is a programming
/// error, except those that .NET's contracts ask for: <see cref="System.IO.IOException"/> from streams and descriptors,
/// <see cref="FormatException"/> from parsers of text, and <see cref="OperationCanceledException"/>.
/// </summary>
public class TunStatsException : Exception
{
    /// <summary>Makes an exception that is not about one input.</summary>
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">The whole text for the user.</param>
    /// <param name="innerException">The cause; null if there is no other exception.</param>
    public TunStatsException(ErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>Makes an exception about one input.</summary>
    /// <param name="kind">What went wrong.</param>
    /// <param name="input">The device, file, address or other input, as the user gave it.</param>
    /// <param name="message">The whole text for the user.</param>
    /// <param name="innerException">The cause; null if there is no other exception.</param>
    public TunStatsException(ErrorKind kind, string input, string message, Exception? innerException = null)
        : this(kind, message, innerException) => Input = input;

    /// <summary>What went wrong.</summary>
    public ErrorKind Kind { get; }

    /// <summary>The device, file, address or other input, as the user gave it; null if it concerns none.</summary>
    public string? Input { get; }
}
