namespace TunStats.Metrics;

/// <summary>Why metrics cannot be served at an address.</summary>
public enum MetricsEndpointErrorKind
{
    /// <summary>The text is no address with a port.</summary>
    Malformed,

    /// <summary>Others than this machine could reach the address.</summary>
    NotLoopback,

    /// <summary>Something else listens there.</summary>
    InUse,

    /// <summary>This machine does not have the address.</summary>
    NotAvailable,

    /// <summary>This user may not listen there.</summary>
    Denied,

    /// <summary>The socket failed otherwise, which the message tells.</summary>
    Failed,
}
