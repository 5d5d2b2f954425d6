using System;
using System.Buffers;
using TunStats.Metrics;

namespace TunStats.Logging;

/// <summary>The totals of one logger and its sinks for Prometheus, from any thread.</summary>
internal sealed class LoggerMetrics : MetricsSource
{
    private readonly Func<NetLoggerStatus> _status;

    internal LoggerMetrics(Func<NetLoggerStatus> status) => _status = status;

    private protected override void WriteOwn(MetricsFormat format, IBufferWriter<byte> buffer) =>
        LoggerMetricsText.Write(_status(), format == MetricsFormat.OpenMetrics, buffer);
}
