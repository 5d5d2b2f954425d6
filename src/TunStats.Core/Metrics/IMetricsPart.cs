namespace TunStats.Metrics;

/// <summary>Series that others add to the text of a <see cref="MetricsSource"/>.</summary>
internal interface IMetricsPart
{
    /// <summary>Appends whole families, without an end mark. Called by any thread; returns at once.</summary>
    void Write(MetricsFormat format, Utf8Buffer buffer);
}
