using System;
using System.Collections.Generic;
using System.Management.Automation;
using TunStats.IO;
using TunStats.Metrics;
using TunStats.Peers;
using TunStats.Polling;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;
using TunStats.PowerShell.Jobs;

namespace TunStats.PowerShell.Commands;

/// <summary>Start-TunStatsPoller: samples of devices over time, as a job.</summary>
[Cmdlet(VerbsLifecycle.Start, "TunStatsPoller")]
[OutputType(typeof(PollerJob))]
public sealed class StartTunStatsPollerCommand : TunStatsCmdlet
{
    private readonly List<string> _names = [];

    /// <summary>Names and wildcards of the devices.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [DeviceName]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The time from sample to sample.</summary>
    [Parameter(Position = 1)]
    [Seconds]
    public TimeSpan SampleInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Number of polls after which the job completes.</summary>
    [Parameter]
    [Alias("Count")]
    [ValidateRange(1, int.MaxValue)]
    public int MaxSamples { get; set; }

    /// <summary>The network namespace: a name, a path or a process id.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [NamespacePath]
    [ArgumentCompleter(typeof(NetworkNamespaceCompleter))]
    public string? NetworkNamespace { get; set; }

    /// <summary>Adds the state of the link and its queue to samples and metrics.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <summary>Looks at the peers of the devices, too: changes of their paths, and metrics.</summary>
    [Parameter]
    public SwitchParameter Peers { get; set; }

    /// <summary>The condition of an alert: a script that gets each sample as $_.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? AlertWhen { get; set; }

    /// <summary>How long the condition must hold before the alert begins.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan AlertFor { get; set; }

    /// <summary>The script that runs when an alert begins and when it ends, with the alert as $_.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? Action { get; set; }

    /// <summary>The job's name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JobName { get; set; }

    /// <summary>The maximum number of samples that wait to be received.</summary>
    [Parameter]
    [ValidateRange(1, 100_000_000)]
    public int BufferSize { get; set; } = 10_000;

    /// <summary>The file that gets the totals as Prometheus text after each poll.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MetricsPath { get; set; }

    /// <summary>Never removes the file of -MetricsPath.</summary>
    [Parameter]
    public SwitchParameter KeepMetricsFile { get; set; }

    /// <summary>The address that the totals are served at.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MetricsEndpoint { get; set; }

    /// <summary>Host names that requests of -MetricsEndpoint may name beside addresses and localhost.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] MetricsHost { get; set; } = [];

    /// <summary>Takes an address of -MetricsEndpoint that other machines can reach.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        Require(nameof(AlertFor), AlertWhen is not null, "-AlertWhen");
        Require(nameof(Action), AlertWhen is not null, "-AlertWhen");
        RequireTime(ErrorIds.InvalidPollerOption, nameof(AlertFor), AlertFor, TimeSpan.Zero);
        RequireTime(
            ErrorIds.InvalidPollerOption, nameof(SampleInterval), SampleInterval, LinkPollerOptions.MinInterval);
        Require(nameof(KeepMetricsFile), MetricsPath is not null, "-MetricsPath");
        Require(nameof(MetricsHost), MetricsEndpoint is not null, "-MetricsEndpoint");
        Require(nameof(Force), MetricsEndpoint is not null, "-MetricsEndpoint");
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            if (!_names.Contains(name))
            {
                _names.Add(name);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Guard(Start, (object?)NetworkNamespace ?? _names.ToArray());

    // Validate everything that can fail before the job starts.
    private void Start()
    {
        bool hasMetrics = MetricsPath is not null || MetricsEndpoint is not null;
        var options = new LinkPollerOptions
        {
            Names = _names,
            Interval = SampleInterval,
            MaxPolls = Has(nameof(MaxSamples)) ? MaxSamples : null,
            NetworkNamespace = NetworkNamespace,
            IsDetailed = Detailed,
            Metrics = hasMetrics ? new PollerMetrics() : null,
        };
        Validate(options);
        AlertOptions? alerts = AlertWhen is null ? null : ReadAlerts(AlertWhen);
        using (NetworkNamespace? there = OpenNamespace(NetworkNamespace))
        {
            Links.LinkClient.Open(there).Dispose();
        }

        MetricsFile? file = null;
        Guard(() => file = MetricsPath is null ? null : MetricsFile.Create(ResolveFile(MetricsPath)), MetricsPath);
        MetricsEndpoint? endpoint = null;
        Guard(
            () => endpoint = OpenEndpoint(MetricsEndpoint, MetricsHost, Force, options.Metrics!), MetricsEndpoint);
        var job = new PollerJob(
            options,
            MyInvocation.Line.Trim(),
            JobName,
            BufferSize,
            new JobMetrics(file, KeepMetricsFile, endpoint))
        {
            Alerts = alerts,
            Peers = Peers ? PeerPollerOptions.For(options) : null,
        };
        job.Start(this);
        WriteObject(job);
    }

    // The path of a binary module is that of its assembly, which brings no views and no properties.
    private string? Manifest => MyInvocation.MyCommand.Module is not { } module ? null
        : System.IO.Path.Combine(module.ModuleBase, $"{module.Name}.psd1") is var manifest
            && System.IO.File.Exists(manifest) ? manifest
        : module.Path;

    private AlertOptions ReadAlerts(ScriptBlock when)
    {
        var variables = new UsingVariables(SessionState);
        string whenText = variables.TextOf(when);
        string? actionText = Action is null ? null : variables.TextOf(Action);
        if (variables.Undefined is { } name)
        {
            ThrowTerminatingError(ErrorRecords.UndefinedUsing(name));
        }

        return new AlertOptions(
            whenText,
            AlertFor,
            actionText,
            variables.Values,
            SessionState.LanguageMode,
            Manifest,
            SessionState.Path.CurrentFileSystemLocation.ProviderPath);
    }

    private void Validate(LinkPollerOptions options)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentException e)
        {
            bool isName = e.ParamName == nameof(LinkPollerOptions.Names);
            ThrowTerminatingError(ErrorRecords.InvalidArgument(
                isName && _names.Count > 0 ? ErrorIds.InvalidDeviceName : ErrorIds.InvalidPollerOption,
                e,
                isName ? _names.ToArray() : SampleInterval));
        }
    }
}
