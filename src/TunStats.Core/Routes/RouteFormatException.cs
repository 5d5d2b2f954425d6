using System;

namespace TunStats.Routes;

/// <summary>A route file is not valid; the message says which line and why.</summary>
public sealed class RouteFormatException : FormatException
{
    /// <summary>An error without a position.</summary>
    public RouteFormatException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a cause.</summary>
    public RouteFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>An error in a line of a source.</summary>
    public RouteFormatException(string source, long line, string reason, Exception? innerException = null)
        : base($"{source}, line {line}: {reason}", innerException) => Line = line;

    /// <summary>The line, from 1; 0 if the error has none.</summary>
    public long Line { get; }
}
