using System;

namespace TunStats.Metrics;

/// <summary>Metrics cannot be served at an address. The message says why and what to do.</summary>
public sealed class MetricsEndpointException : Exception
{
    internal MetricsEndpointException(
        MetricsEndpointErrorKind kind, string address, string message, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Address = address;
    }

    /// <summary>Why they cannot be served.</summary>
    public MetricsEndpointErrorKind Kind { get; }

    /// <summary>The address as it was given.</summary>
    public string Address { get; }
}
