using System;
using System.Threading;
using TunStats.Export;
using TunStats.Flows;
using TunStats.Logging;
using TunStats.NetLog;
using TunStats.Peers;

namespace TunStats.PowerShell.Jobs;

/// <summary>A job that runs a logger: messages in its output where they go nowhere else, or where asked for.</summary>
public sealed class NetLoggerJob : BackgroundJob, INetLoggerObserver
{
    /// <summary>What Get-Job shows as the type of the job.</summary>
    internal const string TypeName = "TunStatsNetLogger";

    private readonly NetLogger _logger;
    private readonly JobMetrics _metrics;
    private readonly bool _writesMessages;
    private long _written;

    internal NetLoggerJob(
        NetLogger logger, string command, string? name, int bufferSize, bool writesMessages, JobMetrics metrics)
        : base(command, name, bufferSize, TimeProvider.System)
    {
        (_logger, _writesMessages, _metrics) = (logger, writesMessages, metrics);
        PSJobTypeName = TypeName;
        logger.Name = Name;
        logger.Output = writesMessages ? OutputStatus : null;
    }

    /// <summary>What the logger has done so far.</summary>
    public NetLoggerStatus Status => _logger.Status;

    /// <summary>The devices that are logged.</summary>
    public string Device => _logger.Status.Device;

    /// <summary>The full path of the metrics file; null if none is written.</summary>
    public string? MetricsPath => _metrics.Path;

    /// <summary>Where the metrics are served, with the port that the system chose; null if they are not.</summary>
    public Uri? MetricsUrl => _metrics.Url;

    void INetLoggerObserver.OnMessage(NetLogMessage message)
    {
        if (_writesMessages)
        {
            Interlocked.Increment(ref _written);
            WriteOutput(message);
        }
    }

    void INetLoggerObserver.OnWindow(FlowReport report) =>
        WriteVerbose(Commands.FlowProgressRecords.Describe(report));

    void INetLoggerObserver.OnPathChange(PeerPathChange change) => WriteVerbose(change.ToString());

    void INetLoggerObserver.OnError(Exception error, string source) => WriteError(error, source);

    void INetLoggerObserver.OnWarning(string message) => WriteWarning(message);

    /// <summary>The job's output as a destination; its messages are objects, not bytes.</summary>
    private SinkStatus OutputStatus()
    {
        long written = Interlocked.Read(ref _written);
        (long waiting, long dropped) = (WaitingObjects, DroppedObjects);
        return new SinkStatus
        {
            Name = "pipeline",
            QueuedMessages = waiting,
            SentMessages = Math.Max(0, written - waiting - dropped),
            Drops = new SinkDrops(QueueFull: dropped),
        };
    }

    private protected override void Run(CancellationToken cancellationToken)
    {
        using JobMetrics metrics = _metrics;
        using NetLogger logger = _logger;
        metrics.Begin(logger.Metrics, WriteWarning);
        logger.Run(cancellationToken);
    }
}
