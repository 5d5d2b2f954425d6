using System;
using System.Management.Automation;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>Get-TunDeviceStats: the kernel's counters of interfaces, typed.</summary>
[Cmdlet(VerbsCommon.Get, "TunDeviceStats", DefaultParameterSetName = NameSet)]
[OutputType(typeof(RtnlLinkStats64))]
public sealed class GetTunDeviceStatsCommand : TunStatsCmdlet, ILinkQuerySink
{
    private const string NameSet = "Name";
    private const string AllSet = "All";
    private const string IndexSet = "Index";

    private NetworkNamespace? _namespace;
    private LinkClient? _client;
    private LinkQuery? _query;

    /// <summary>Names and wildcards; every tunnel device where none is given.</summary>
    [Parameter(
        ParameterSetName = NameSet, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Every link, of whatever kind.</summary>
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

    /// <inheritdoc/>
    protected override void BeginProcessing() => Guard(Open, NetworkNamespace);

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(Read, (object?)Name ?? InterfaceIndex);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _client?.Dispose();
        _namespace?.Dispose();
        base.Dispose(disposing);
    }

    void ILinkQuerySink.OnStats(RtnlLinkStats64 stats) => WriteObject(stats);

    void ILinkQuerySink.OnError(LinkException error, object input) => WriteError(ErrorRecords.From(error, input));

    void ILinkQuerySink.OnWarning(string message) => WriteWarning(message);

    private void Open()
    {
        _namespace = OpenNamespace(NetworkNamespace);
        _client = LinkClient.Open(_namespace);
        _query = new LinkQuery(_client, this);
    }

    private void Read()
    {
        LinkQuery query = _query ?? throw new InvalidOperationException("ProcessRecord came before BeginProcessing.");
        switch (ParameterSetName)
        {
            case IndexSet:
                query.ReadByIndex(InterfaceIndex!, StopToken);
                break;
            case AllSet when All:
                query.ReadAll(StopToken);
                break;
            case NameSet when Name is not null:
                query.ReadByName(Name, StopToken);
                break;
            default:
                query.ReadTunnels(StopToken);
                break;
        }
    }
}
