using System.Buffers;

namespace TunStats.Metrics;

/// <summary>Further series in the text of a <see cref="MetricsSource"/>.</summary>
internal interface IMetricsPart
{
    /// <summary>Appends whole families, without an end mark. Called on any thread; must not block.</summary>
    void Write(MetricsFormat format, IBufferWriter<byte> buffer);
}
