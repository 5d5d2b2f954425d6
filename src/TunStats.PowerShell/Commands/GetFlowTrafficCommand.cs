using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using TunStats.Capture;
using TunStats.Conntrack;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Net;
using TunStats.Peers;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;
using TunStats.PowerShell.Jobs;
using TunStats.Sessions;

namespace TunStats.PowerShell.Commands;

/// <summary>Get-FlowTraffic: every connection's packets and bytes.</summary>
[Cmdlet(VerbsCommon.Get, "FlowTraffic", DefaultParameterSetName = DeviceSet, SupportsShouldProcess = true)]
[OutputType(typeof(TupleCounts))]
[OutputType(typeof(FlowGroup))]
[OutputType(typeof(FlowTrafficJob), ParameterSetName = [DeviceSet, ConntrackSet])]
public sealed class GetFlowTrafficCommand : ClassifierCmdlet, IFlowSink
{
    private const string DeviceSet = "Device";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string ConntrackSet = "Conntrack";
    private const int JobBufferSize = 1_000_000;

    private static readonly TimeSpan StopDelay = TimeSpan.FromMilliseconds(20);

    private readonly List<FlowInput> _inputs = [];
    private FlowFilter _filter = new();
    private IList? _outVariable;
    private bool _hasProgress;
    private bool _isStopped;

    /// <summary>Names and wildcards of the devices.</summary>
    [Parameter(
        ParameterSetName = DeviceSet,
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [DeviceName]
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

    /// <summary>
    /// A file of Get-ChildItem. It has a name too, as a device has: bound by its type, it is taken by its path.
    /// </summary>
    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipeline = true, DontShow = true)]
    public FileSystemInfo? InputFile { get; set; }

    /// <summary>Counts the connections of the kernel's connection tracking.</summary>
    [Parameter(ParameterSetName = ConntrackSet, Mandatory = true)]
    public SwitchParameter Conntrack { get; set; }

    /// <summary>Turns the counting of connection tracking on where it is off.</summary>
    [Parameter(ParameterSetName = ConntrackSet)]
    public SwitchParameter EnableAccounting { get; set; }

    /// <summary>How long to count.</summary>
    [Parameter(ParameterSetName = DeviceSet)]
    [Parameter(ParameterSetName = ConntrackSet)]
    [Seconds]
    public TimeSpan Duration { get; set; } = FlowSessionOptions.DefaultDuration;

    /// <summary>Counts in consecutive windows until it is stopped.</summary>
    [Parameter(ParameterSetName = DeviceSet)]
    [Parameter(ParameterSetName = ConntrackSet)]
    public SwitchParameter Continuous { get; set; }

    /// <summary>The length of a window.</summary>
    [Parameter(ParameterSetName = DeviceSet)]
    [Parameter(ParameterSetName = ConntrackSet)]
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Seconds]
    public TimeSpan Interval { get; set; } = FlowSessionOptions.DefaultDuration;

    /// <summary>How many windows to take.</summary>
    [Parameter(ParameterSetName = DeviceSet)]
    [Parameter(ParameterSetName = ConntrackSet)]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; }

    /// <summary>The size of each device's ring, in bytes.</summary>
    [Parameter(ParameterSetName = DeviceSet)]
    [ValidateRange(RingBudget.Smallest, RingBudget.Largest)]
    public long RingBuffer { get; set; }

    /// <summary>Counts in a job, and returns it.</summary>
    [Parameter(ParameterSetName = DeviceSet)]
    [Parameter(ParameterSetName = ConntrackSet)]
    public SwitchParameter AsJob { get; set; }

    /// <summary>The job's name.</summary>
    [Parameter(ParameterSetName = DeviceSet)]
    [Parameter(ParameterSetName = ConntrackSet)]
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

    /// <summary>Sums the connections of each window by what they have in common.</summary>
    [Parameter]
    public FlowGrouping? GroupBy { get; set; }

    /// <summary>How many connections, or groups, of each window to hand out, those of most bytes first.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Top { get; set; }

    /// <summary>Names both ends: the peers of tunnels, then /etc/hosts.</summary>
    [Parameter]
    public SwitchParameter ResolveNames { get; set; }

    /// <summary>As -ResolveNames, and looks other addresses up in DNS.</summary>
    [Parameter]
    public SwitchParameter ResolveDns { get; set; }

    /// <summary>Shows the local process of each connection.</summary>
    [Parameter(ParameterSetName = DeviceSet)]
    [Parameter(ParameterSetName = ConntrackSet)]
    public SwitchParameter IncludeProcess { get; set; }

    /// <summary>Classifies by the device's peers, and counts what they send and receive below the tunnel.</summary>
    [Parameter(ParameterSetName = DeviceSet)]
    public SwitchParameter Peers { get; set; }

    /// <summary>Gives each flow its class.</summary>
    [Parameter]
    public SwitchParameter Classify { get; set; }

    private bool IsClassified =>
        Classify || Peers || GroupBy == FlowGrouping.Class
            || Route.Length + RouteFile.Length + RouteDevice.Length + Overlay.Length > 0;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Which set it is may show with the first object of the pipeline alone.
        _filter = MakeFilter();
        RequireTime(ErrorIds.InvalidWindow, nameof(Interval), Interval, FlowMeterOptions.MinInterval);
        RequireTime(ErrorIds.InvalidWindow, nameof(Duration), Duration, FlowMeterOptions.MinInterval);
        Require(nameof(JobName), AsJob, "-AsJob");
        Exclude(nameof(ResolveNames), nameof(GroupBy));
        Exclude(nameof(ResolveDns), nameof(GroupBy));
        Exclude(nameof(IncludeProcess), nameof(GroupBy));
        if (GroupBy is { } groupBy && !FlowGroups.UseClasses(groupBy))
        {
            string[] forClasses =
            [
                nameof(Route), nameof(RouteFile), nameof(RouteDevice), nameof(Overlay), nameof(Classify), nameof(Peers),
            ];
            Array.ForEach(forClasses, parameter => Require(parameter, hasEffect: false, "-GroupBy Class"));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == PathSet)
        {
            AddFiles(Path, isLiteral: false);
        }
        else if (ParameterSetName == LiteralPathSet)
        {
            AddFiles(LiteralPath, isLiteral: true);
        }
        else if (Conntrack)
        {
            _inputs.Add(new FlowInput(FlowInputKind.Conntrack));
        }
        else
        {
            _inputs.AddRange(Name.Select(name => new FlowInput(FlowInputKind.Device, name)));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_inputs.Count == 0)
        {
            return;
        }

        bool isFile = ParameterSetName is PathSet or LiteralPathSet;
        Require(nameof(NetworkNamespace), !isFile || RouteDevice.Length > 0, "-RouteDevice");
        Require(nameof(LocalAddress), ParameterSetName != DeviceSet || IsClassified, "-Classify");
        if (!EnableAccounting || TryAllowAccounting())
        {
            Guard(Run, Conntrack ? NetworkNamespace : string.Join(", ", _inputs.Select(input => input.Text)));
        }
    }

    void IFlowSink.OnReport(FlowReport report)
    {
        if (!_isStopped && !StopToken.IsCancellationRequested)
        {
            WriteVerbose(FlowProgressRecords.Describe(report));
        }

        foreach (object item in Take(report, GroupBy))
        {
            Write(item);
        }
    }

    void IFlowSink.OnError(Exception error, string source)
    {
        if (!_isStopped && !StopToken.IsCancellationRequested)
        {
            WriteError(error is IOException or UnauthorizedAccessException
                ? ErrorRecords.FromFile(error, source)
                : ErrorRecords.From(error, source));
        }
    }

    void IFlowSink.OnWarning(string message)
    {
        if (!_isStopped && !StopToken.IsCancellationRequested)
        {
            WriteWarning(message);
        }
    }

    void IFlowSink.OnProgress(FlowProgress progress)
    {
        if (!_isStopped && !StopToken.IsCancellationRequested)
        {
            _hasProgress = true;
            WriteProgress(FlowProgressRecords.Of(progress));
        }
    }

    /// <summary>What users get of a window: connections, or sums of them.</summary>
    internal static IEnumerable<object> Take(FlowReport report, FlowGrouping? groupBy) =>
        groupBy is { } by ? report.TakeGroups(by)
        : report.HasProcesses ? report.TakeFlows().Select(flow => WithView(flow, "Processes"))
        : report.HasNames ? report.TakeFlows().Select(flow => WithView(flow, "Names"))
        : report.TakeFlows();

    /// <summary>Has the view with one more column, as Get-Process -IncludeUserName does it.</summary>
    private static PSObject WithView(TupleCounts flow, string view)
    {
        PSObject shown = new(flow);
        shown.TypeNames.Insert(0, $"{typeof(TupleCounts).FullName}#{view}");
        return shown;
    }

    private void Write(object item)
    {
        if (!_isStopped)
        {
            try
            {
                WriteObject(item);
                return;
            }
            catch (PipelineStoppedException) when (StopToken.WaitHandle.WaitOne(StopDelay))
            {
                // Ctrl+C cancels the token a moment after writing has become impossible; a command further down that
                // ends the pipeline, such as Select-Object -First, does not. The present window can still be saved.
                _isStopped = true;
                _outVariable = FindOutVariable();
                if (_outVariable is null)
                {
                    throw;
                }
            }
        }

        _outVariable?.Add(PSObject.AsPSObject(item));
    }

    private void AddFiles(string[] paths, bool isLiteral) => _inputs.AddRange(
        FilePaths.Resolve(this, paths, isLiteral).Select(file => new FlowInput(FlowInputKind.File, file)));

    private FlowSessionOptions MakeOptions()
    {
        HashSet<IpAddr> local = LocalAddresses();
        bool isContinuous = Continuous || Has(nameof(Interval)) || Has(nameof(Count));
        return new FlowSessionOptions
        {
            Inputs = _inputs,
            NetworkNamespace = NetworkNamespace,
            Interval = Has(nameof(Interval)) || Continuous ? Interval : null,
            Duration = Has(nameof(Duration)) ? Duration : null,
            IsContinuous = isContinuous,
            Count = Has(nameof(Count)) ? Count : null,
            Filter = _filter,
            Top = Has(nameof(Top)) ? Top : null,
            RingBytes = Has(nameof(RingBuffer)) ? RingBuffer : null,
            LocalAddresses = local,
            Classes = IsClassified ? Classes : null,
            Peers = Peers ? new PeerSourceOptions() : null,
            IncludesProcesses = IncludeProcess,
            Names = ResolveNames || ResolveDns ? new FlowNameOptions { UsesDns = ResolveDns } : null,
            RequiresRoutes = true,
            RouteHint = "-Route, -RouteFile, -RouteDevice or -LocalAddress",
            IsTableOnly = Conntrack && !isContinuous && !Has(nameof(Duration)),
            Conntrack = new ConntrackOptions
            {
                EnableAccounting = EnableAccounting,
                IsLocal = local.Count > 0 ? local.Contains : null,
                Filter = _filter.IsEmpty
                    ? null
                    : tuple => _filter.Matches(new FlowKey(tuple.Protocol, tuple.Source, tuple.Destination)),
            },
        };
    }

    private void Run()
    {
        var relay = new FlowRelay(this);
        FlowSession? session = FlowSession.Open(MakeOptions(), relay, cancellationToken: StopToken);
        try
        {
            EndProgress();
            if (AsJob && session.HasSources)
            {
                var job = new FlowTrafficJob(session, GroupBy, MyInvocation.Line.Trim(), JobName, JobBufferSize);
                relay.Target = job;
                session = null;
                job.Start(this);
                WriteObject(job);
                return;
            }

            session.Run(StopToken);
            EndProgress();
        }
        finally
        {
            session?.Dispose();
        }
    }

    private void EndProgress()
    {
        if (_hasProgress && !_isStopped)
        {
            _hasProgress = false;
            WriteProgress(FlowProgressRecords.Done());
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

    private IList? FindOutVariable() =>
        MyInvocation.BoundParameters.TryGetValue("OutVariable", out object? name)
            ? (SessionState.PSVariable.GetValue($"{name}".TrimStart('+')) as PSObject)?.BaseObject as IList
                ?? SessionState.PSVariable.GetValue($"{name}".TrimStart('+')) as IList
            : null;
}
