using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using TunStats.Flows;
using TunStats.NetLog;
using TunStats.Netlink;
using TunStats.Packets;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;
using TunStats.PowerShell.Jobs;

namespace TunStats.PowerShell.Commands;

/// <summary>Get-FlowTraffic: every connection's packets and bytes.</summary>
/// <remarks>
/// A file has a name as well as a device has: for an object of the pipeline with both, the default set has the first
/// say.
/// </remarks>
[Cmdlet(VerbsCommon.Get, "FlowTraffic", DefaultParameterSetName = LiteralPathSet, SupportsShouldProcess = true)]
[OutputType(typeof(TupleCounts))]
[OutputType(typeof(FlowTrafficJob), ParameterSetName = [ContinuousSet, ConntrackContinuousSet])]
public sealed class GetFlowTrafficCommand : ClassifierCmdlet, IFlowOutput
{
    private const string DeviceSet = "Device";
    private const string ContinuousSet = "DeviceContinuous";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string ConntrackSet = "Conntrack";
    private const string ConntrackContinuousSet = "ConntrackContinuous";
    private const int JobBufferSize = 1_000_000;

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StopDelay = TimeSpan.FromMilliseconds(20);

    private readonly List<string> _names = [];
    private FlowFilter _filter = new();
    private CaptureFlows? _files;
    private IList? _outVariable;
    private bool _isStopped;

    /// <summary>Names and wildcards of the devices.</summary>
    [Parameter(ParameterSetName = DeviceSet, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Parameter(
        ParameterSetName = ContinuousSet, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Capture files; wildcards are resolved.</summary>
    [Parameter(ParameterSetName = PathSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Capture files, by names in which nothing is a wildcard.</summary>
    [Parameter(ParameterSetName = LiteralPathSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Counts the connections of the kernel's connection tracking.</summary>
    [Parameter(ParameterSetName = ConntrackSet, Mandatory = true)]
    [Parameter(ParameterSetName = ConntrackContinuousSet, Mandatory = true)]
    public SwitchParameter Conntrack { get; set; }

    /// <summary>Turns the counting of connection tracking on where it is off.</summary>
    [Parameter(ParameterSetName = ConntrackSet)]
    [Parameter(ParameterSetName = ConntrackContinuousSet)]
    public SwitchParameter EnableAccounting { get; set; }

    /// <summary>How long to count.</summary>
    [Parameter(ParameterSetName = DeviceSet)]
    [Parameter(ParameterSetName = ConntrackSet)]
    [Seconds]
    public TimeSpan Duration { get; set; } = DefaultInterval;

    /// <summary>A window after another, until it is stopped.</summary>
    [Parameter(ParameterSetName = ContinuousSet, Mandatory = true)]
    [Parameter(ParameterSetName = ConntrackContinuousSet, Mandatory = true)]
    public SwitchParameter Continuous { get; set; }

    /// <summary>How long a window is.</summary>
    [Parameter(ParameterSetName = ContinuousSet)]
    [Parameter(ParameterSetName = ConntrackContinuousSet)]
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Seconds]
    public TimeSpan Interval { get; set; } = DefaultInterval;

    /// <summary>How many windows to take.</summary>
    [Parameter(ParameterSetName = ContinuousSet)]
    [Parameter(ParameterSetName = ConntrackContinuousSet)]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; }

    /// <summary>Counts in a job, and returns it.</summary>
    [Parameter(ParameterSetName = ContinuousSet)]
    [Parameter(ParameterSetName = ConntrackContinuousSet)]
    public SwitchParameter AsJob { get; set; }

    /// <summary>The job's name.</summary>
    [Parameter(ParameterSetName = ContinuousSet)]
    [Parameter(ParameterSetName = ConntrackContinuousSet)]
    [ValidateNotNullOrEmpty]
    public string? JobName { get; set; }

    /// <summary>Protocols, by name or number.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProtocolCompleter))]
    public string[] Protocol { get; set; } = [];

    /// <summary>Addresses or prefixes of either end.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Address { get; set; } = [];

    /// <summary>Ports of either end.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int[] Port { get; set; } = [];

    /// <summary>How many connections of each window to hand out, those of most bytes first.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Top { get; set; }

    /// <summary>Gives each flow its class.</summary>
    [Parameter]
    public SwitchParameter Classify { get; set; }

    private bool IsFile => ParameterSetName is PathSet or LiteralPathSet;

    private bool IsClassified => Classify || Route.Length + RouteFile.Length + Overlay.Length > 0;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Which set it is may show with the first object of the pipeline alone.
        _filter = MakeFilter();
        CheckWindow(nameof(Interval), Interval);
        CheckWindow(nameof(Duration), Duration);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!IsFile)
        {
            _names.AddRange(Name);
            return;
        }

        bool isLiteral = ParameterSetName == LiteralPathSet;
        IEnumerable<string> files = FilePaths.Resolve(this, isLiteral ? LiteralPath : Path, isLiteral);
        _files ??= new CaptureFlows(
            MakeOptions(), this, IsClassified ? OpenClassifier() : null, LocalAddresses());
        foreach (string file in files)
        {
            Guard(() => _files.Read(file, WriteProgress, StopToken), file);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!IsFile)
        {
            Guard(CountLive, Conntrack ? NetworkNamespace : string.Join(", ", _names));
        }
    }

    void IFlowOutput.WriteFlow(TupleCounts flow)
    {
        if (!_isStopped)
        {
            try
            {
                WriteObject(flow);
                return;
            }
            catch (PipelineStoppedException) when (StopToken.WaitHandle.WaitOne(StopDelay))
            {
                // Ctrl+C, which is told a moment after nothing can be written any more; a command further down that
                // has enough, as Select-Object -First, tells nothing. The window under way is still to be had.
                _isStopped = true;
                _outVariable = FindOutVariable();
            }
        }

        _outVariable?.Add(PSObject.AsPSObject(flow));
    }

    void IFlowOutput.WriteFlowError(Exception error, object target)
    {
        if (!_isStopped && !StopToken.IsCancellationRequested)
        {
            WriteError(error is IOException or UnauthorizedAccessException
                ? ErrorRecords.FromFile(error, $"{target}")
                : ErrorRecords.From(error, target));
        }
    }

    void IFlowOutput.WriteFlowWarning(string message)
    {
        if (!_isStopped && !StopToken.IsCancellationRequested)
        {
            WriteWarning(message);
        }
    }

    private void CheckWindow(string parameter, TimeSpan length)
    {
        if (length < FlowMeterOptions.MinInterval || length > FlowMeterOptions.MaxInterval)
        {
            ThrowTerminatingError(ErrorRecords.InvalidWindow(parameter, length));
        }
    }

    private FlowMeterOptions MakeOptions() => new()
    {
        Filter = _filter,
        Interval = Continuous || Has(nameof(Interval)) ? Interval : IsFile ? null : Duration,
        Count = !Continuous ? 1 : Has(nameof(Count)) ? Count : null,
        Top = Has(nameof(Top)) ? Top : IsFile ? null : int.MaxValue,
    };

    private bool Has(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private void CountLive()
    {
        if (Conntrack && IsClassified && Classes.IsEmpty)
        {
            // A device has routes of its own, the table of all connections has none.
            ThrowTerminatingError(ErrorRecords.NoRoutes());
        }

        if (EnableAccounting && !TryAllowAccounting())
        {
            return;
        }

        var options = new FlowTrafficOptions
        {
            Names = _names,
            NetworkNamespace = NetworkNamespace,
            Meter = MakeOptions(),
            IsTableOnly = ParameterSetName == ConntrackSet && !Has(nameof(Duration)),
            Classifier = IsClassified ? Classes : null,
            Conntrack = !Conntrack ? null : new ConntrackOptions
            {
                EnableAccounting = EnableAccounting,
                IsLocal = LocalAddresses() is { Count: > 0 } local ? local.Contains : null,
                Filter = _filter.IsEmpty
                    ? null
                    : tuple => _filter.Matches(new FlowKey(tuple.Protocol, tuple.Source, tuple.Destination)),
            },
        };
        var run = new FlowTrafficRun(options, this);
        try
        {
            run.Open(StopToken);
            if (AsJob && run.HasSources)
            {
                var job = new FlowTrafficJob(run, MyInvocation.Line.Trim(), JobName, JobBufferSize);
                run = null;
                job.Start(this);
                WriteObject(job);
                return;
            }

            run.Run(StopToken);
        }
        finally
        {
            run?.Dispose();
        }
    }

    private bool TryAllowAccounting()
    {
        using NetworkNamespace? space = OpenNamespace(NetworkNamespace);
        return ConntrackAccounting.IsOn(space) || ShouldProcess(
            NetworkNamespace is null ? "this network namespace" : $"network namespace {NetworkNamespace}",
            "Turn on the counting of connection tracking (nf_conntrack_acct)");
    }

    private FlowFilter MakeFilter()
    {
        List<IpProtocol> protocols = [];
        foreach (string text in Protocol)
        {
            if (!IpProtocol.TryParse(text.AsSpan(), out IpProtocol protocol) || text.Length == 0)
            {
                ThrowTerminatingError(ErrorRecords.InvalidProtocol(text));
            }

            protocols.Add(protocol);
        }

        foreach (string text in Address)
        {
            ParsePrefix(text);
        }

        return new FlowFilter(protocols, Address, Port);
    }

    private HashSet<IpAddr> LocalAddresses() => [.. LocalAddress.Select(text => ParsePrefix(text).Address)];

    private FlowClassifier OpenClassifier()
    {
        ClassifierSource? source = OpenSource();
        if (source is null)
        {
            ThrowTerminatingError(ErrorRecords.NoRoutes());
        }

        return source!.Current;
    }

    private IList? FindOutVariable() =>
        MyInvocation.BoundParameters.TryGetValue("OutVariable", out object? name)
            ? (SessionState.PSVariable.GetValue($"{name}".TrimStart('+')) as PSObject)?.BaseObject as IList
                ?? SessionState.PSVariable.GetValue($"{name}".TrimStart('+')) as IList
            : null;
}
