using System;

namespace TunStats.Metrics;

/// <summary>
/// Totals for Prometheus, as the metrics file and the endpoint take them. A scrape never makes the source wait.
/// </summary>
public abstract class MetricsSource
{
    private protected MetricsSource()
    {
    }

    /// <summary>Raised on the source's thread when there are new totals; handlers must return at once.</summary>
    internal event Action? Published;

    /// <summary>Writes the totals of now.</summary>
    /// <param name="format">Which text.</param>
    /// <returns>The text as UTF-8.</returns>
    public byte[] ToUtf8(MetricsFormat format)
    {
        var buffer = new Utf8Buffer();
        Write(format, buffer);
        return buffer.Written.ToArray();
    }

    /// <summary>Writes the totals of now into a buffer, which is cleared first.</summary>
    internal abstract void Write(MetricsFormat format, Utf8Buffer buffer);

    private protected void RaisePublished() => Published?.Invoke();
}
