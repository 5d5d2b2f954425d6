using System;

namespace TunStats.Metrics;

/// <summary>
/// Totals for Prometheus, as the metrics file and the endpoint take them. A scrape never makes the source wait.
/// </summary>
public abstract class MetricsSource
{
    // Replaced as a whole.
    private volatile IMetricsPart[] _parts = [];

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
    internal void Write(MetricsFormat format, Utf8Buffer buffer)
    {
        buffer.Clear();
        WriteOwn(format, buffer);
        foreach (IMetricsPart part in _parts)
        {
            part.Write(format, buffer);
        }

        if (format == MetricsFormat.OpenMetrics)
        {
            buffer.Append("# EOF\n"u8);
        }
    }

    /// <summary>Adds series of others to the text; called before anybody takes it.</summary>
    internal void Add(IMetricsPart part) => _parts = [.. _parts, part];

    /// <summary>Says that there are new totals, of the source or of a part.</summary>
    internal void RaisePublished() => Published?.Invoke();

    /// <summary>Appends the source's own series, without an end mark.</summary>
    private protected abstract void WriteOwn(MetricsFormat format, Utf8Buffer buffer);
}
