using System;
using System.Management.Automation;
using System.Threading;
using TunStats.Peers;
using TunStats.Polling;

namespace TunStats.PowerShell.Jobs;

/// <summary>A job that polls devices: samples in its output, the rest in the stream that it belongs to.</summary>
public sealed class PollerJob : BackgroundJob, ILinkPollerSink, IPeerPollerSink
{
    /// <summary>What Get-Job shows as the type of the job.</summary>
    internal const string TypeName = "TunStatsPoller";

    private readonly LinkPollerOptions _options;
    private readonly JobMetrics _metrics;
    private PollerAlerts? _alerts;

    internal PollerJob(
        LinkPollerOptions options,
        string command,
        string? name,
        int bufferSize,
        JobMetrics metrics)
        : base(command, name, bufferSize, TimeProvider.System)
    {
        _options = options;
        _metrics = metrics;
        PSJobTypeName = TypeName;
    }

    /// <summary>The time from sample to sample.</summary>
    public TimeSpan SampleInterval => _options.Interval;

    /// <summary>The full path of the metrics file; null if none is written.</summary>
    public string? MetricsPath => _metrics.Path;

    /// <summary>Where the metrics are served, with the port that the system chose; null if they are not.</summary>
    public Uri? MetricsUrl => _metrics.Url;

    /// <summary>How to look at the peers of the devices; null where nobody asks for them.</summary>
    internal PeerPollerOptions? Peers { get; init; }

    /// <summary>The alerts that were asked for; null for none.</summary>
    internal AlertOptions? Alerts { get; init; }

    bool ILinkPollerSink.WantsSamples => true;

    long ILinkPollerSink.DroppedSamples => DroppedObjects;

    void ILinkPollerSink.OnSample(LinkSample sample)
    {
        WriteOutput(sample);
        _alerts?.Add(sample);
        if (_options.MaxPolls is { } ticks)
        {
            int percent = (int)Math.Min(100, sample.SequenceNumber * 100 / (ulong)ticks);
            WriteProgress(new ProgressRecord(0, Name, $"{sample.Name}: sample {sample.SequenceNumber} of {ticks}")
            {
                PercentComplete = percent,
            });
        }
    }

    void ILinkPollerSink.OnError(Exception error, string? device) => WriteError(error, device ?? Name);

    void ILinkPollerSink.OnWarning(string message) => WriteWarning(message);

    void ILinkPollerSink.OnPolled() => _alerts?.Add(null);

    void ILinkPollerSink.OnLinkEvent(string message) => WriteVerbose(message);

    void IPeerPollerSink.OnPeers(PeerReport report)
    {
        foreach (PeerPathChange change in report.PathChanges)
        {
            WriteOutput(change);
            WriteVerbose(change.ToString());
        }
    }

    void IPeerPollerSink.OnAbsent(string device) => WriteVerbose($"The peers of {device} are no longer reported.");

    void IPeerPollerSink.OnError(Exception error, string? device) => WriteError(error, device ?? Name);

    void IPeerPollerSink.OnWarning(string message) => WriteWarning(message);

    private protected override void Run(CancellationToken cancellationToken)
    {
        using JobMetrics metrics = _metrics;
        metrics.Begin(_options.Metrics, WriteWarning);

        using PeerPoller? peers = Peers is null ? null : new PeerPoller(Peers, this);
        peers?.Start();
        using PollerAlerts? alerts = Alerts is null
            ? null
            : new PollerAlerts(Alerts, $"TunStats {Id} alerts", WriteRecord, TimeProvider.System);
        _alerts = alerts;
        using var poller = new LinkPoller(_options, this);
        poller.Run(cancellationToken);
        peers?.PollNow(PeerPoller.LastLookLimit);
        alerts?.Finish(cancellationToken);
        metrics.Keep();
    }
}
