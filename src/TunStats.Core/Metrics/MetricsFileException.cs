using System;

namespace TunStats.Metrics;

/// <summary>A metrics file cannot be written. The message says why and what to do.</summary>
public sealed class MetricsFileException : Exception
{
    internal MetricsFileException(MetricsFileErrorKind kind, string path, string message, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Path = path;
    }

    /// <summary>Why it cannot be written.</summary>
    public MetricsFileErrorKind Kind { get; }

    /// <summary>The file.</summary>
    public string Path { get; }
}
