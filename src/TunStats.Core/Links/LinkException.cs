using System;

namespace TunStats.Links;

/// <summary>A link or its counters could not be read. The message says which, why, and what to do.</summary>
public sealed class LinkException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="kind">Why it could not be read.</param>
    /// <param name="message">The whole text for the user.</param>
    /// <param name="deviceName">The name that is missing or invalid; null where it is about no name.</param>
    public LinkException(LinkErrorKind kind, string message, string? deviceName = null)
        : base(message)
    {
        Kind = kind;
        DeviceName = deviceName;
    }

    /// <summary>Why it could not be read.</summary>
    public LinkErrorKind Kind { get; }

    /// <summary>The name that is missing or invalid; null where it is about no name.</summary>
    public string? DeviceName { get; }
}
