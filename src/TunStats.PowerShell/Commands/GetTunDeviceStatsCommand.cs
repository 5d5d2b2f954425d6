using System;
using System.Collections.Generic;
using System.Management.Automation;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Polling;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>Get-TunDeviceStats: the kernel's counters of interfaces, typed.</summary>
[Cmdlet(VerbsCommon.Get, "TunDeviceStats", DefaultParameterSetName = NameSet)]
[OutputType(typeof(RtnlLinkStats64), typeof(DetailedLinkStats), typeof(LinkSample))]
public sealed class GetTunDeviceStatsCommand : TunStatsCmdlet, ILinkQuerySink
{
    private const string NameSet = "Name";
    private const string AllSet = "All";
    private const string IndexSet = "Index";

    private NetworkNamespace? _namespace;
    private LinkClient? _client;
    private LinkQuery? _query;
    private LinkRateQuery? _rates;
    private bool _hasFound;
    private readonly List<Action> _selections = [];

    /// <summary>Names and wildcards; every tunnel device where none is given.</summary>
    [Parameter(
        ParameterSetName = NameSet, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [DeviceName]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>All interfaces, not only tunnels.</summary>
    [Parameter(ParameterSetName = AllSet, Mandatory = true)]
    public SwitchParameter All { get; set; }

    /// <summary>Indexes (ifindex).</summary>
    [Parameter(ParameterSetName = IndexSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("IfIndex")]
    [ValidateNotNullOrEmpty]
    public int[]? InterfaceIndex { get; set; }

    /// <summary>The network namespace to ask: a name, a path or a process id.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [NamespacePath]
    [ArgumentCompleter(typeof(NetworkNamespaceCompleter))]
    public string? NetworkNamespace { get; set; }

    /// <summary>Adds the state of the link and what its queueing discipline counts.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <summary>Looks twice, this far apart, and writes samples with rates.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan Rate { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => Guard(Open, NetworkNamespace);

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(
        () =>
        {
            Action select = Select();
            select();
            _selections.Add(select);
        },
        (object?)Name ?? InterfaceIndex);

    /// <inheritdoc/>
    protected override void EndProcessing() => Guard(
        () => _rates?.LookAgain(Rate, () => _selections.ForEach(select => select()), StopToken), target: null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _client?.Dispose();
        _namespace?.Dispose();
        base.Dispose(disposing);
    }

    void ILinkQuerySink.OnStats(RtnlLinkStats64 stats)
    {
        _hasFound = true;
        WriteObject(stats);
    }

    void ILinkQuerySink.OnError(TunStatsException error, object input) => WriteError(ErrorRecords.From(error, input));

    void ILinkQuerySink.OnWarning(string message) => WriteWarning(message);

    private void Open()
    {
        if (Has(nameof(Rate)))
        {
            RequireTime(ErrorIds.InvalidPollerOption, nameof(Rate), Rate, LinkPollerOptions.MinInterval);
            _rates = new LinkRateQuery(WriteObject, this, TimeProvider.System);
        }

        _namespace = OpenNamespace(NetworkNamespace);
        _client = LinkClient.Open(_namespace);
        _query = new LinkQuery(_client, _rates is null ? this : _rates) { IsDetailed = Detailed };
    }

    // The pipeline gives Name another value at each record, and a second look comes after the last.
    private Action Select()
    {
        LinkQuery query = _query ?? throw new InvalidOperationException("ProcessRecord came before BeginProcessing.");
        switch (ParameterSetName)
        {
            case IndexSet:
                int[] indexes = InterfaceIndex!;
                return () => query.ReadByIndex(indexes, StopToken);
            case AllSet when All:
                return () => query.ReadAll(StopToken);
            case NameSet when Name is not null:
                string[] names = Name;
                return () => query.ReadByName(names, StopToken);
            default:
                return () => ReadTunnels(query);
        }
    }

    private void ReadTunnels(LinkQuery query)
    {
        query.ReadTunnels(StopToken);
        if (_hasFound || _rates is not null)
        {
            return;
        }

        const string Message =
            "There is no tunnel device in this network namespace. -All shows every interface, and -NetworkNamespace "
            + "looks in another namespace.";
        WriteVerbose(Message);
        if (CommandOrigin == CommandOrigin.Runspace && MyInvocation.PipelineLength == 1)
        {
            // Typed at a prompt, an empty result needs an explanation; in a script it is an answer.
            WriteWarning(Message);
        }
    }
}
