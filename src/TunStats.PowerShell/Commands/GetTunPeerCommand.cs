using System;
using System.Management.Automation;
using TunStats.IO;
using TunStats.Peers;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>Get-TunPeer: the peers of WireGuard devices and of Tailscale, typed.</summary>
[Cmdlet(VerbsCommon.Get, "TunPeer")]
[OutputType(typeof(TunPeer))]
public sealed class GetTunPeerCommand : TunStatsCmdlet, IPeerQuerySink
{
    private NetworkNamespace? _namespace;
    private PeerQuery? _query;

    /// <summary>Names and wildcards of tunnel devices; all that have peers where none is given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [DeviceName]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The socket of a WireGuard process or of tailscaled.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SocketPath { get; set; }

    /// <summary>The network namespace of the devices: a name, a path or a process id.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [NamespacePath]
    [ArgumentCompleter(typeof(NetworkNamespaceCompleter))]
    public string? NetworkNamespace { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => Guard(Open, NetworkNamespace);

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(Read, (object?)SocketPath ?? Name);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _query?.Dispose();
        _namespace?.Dispose();
        base.Dispose(disposing);
    }

    void IPeerQuerySink.OnPeers(TunPeerSnapshot snapshot) => WriteObject(snapshot.Peers, enumerateCollection: true);

    void IPeerQuerySink.OnError(Exception error, object input) => WriteError(ErrorRecords.From(error, input));

    void IPeerQuerySink.OnWarning(string message) => WriteWarning(message);

    private void Open()
    {
        _namespace = OpenNamespace(NetworkNamespace);
        _query = new PeerQuery(this, networkNamespace: _namespace);
    }

    private void Read()
    {
        PeerQuery query = _query ?? throw new InvalidOperationException("ProcessRecord came before BeginProcessing.");
        if (SocketPath is not null)
        {
            if (Name?.Length > 1)
            {
                ThrowTerminatingError(ErrorRecords.SocketOfSeveralDevices(SocketPath));
            }

            query.ReadSocket(ResolveFile(SocketPath), Name?[0], StopToken);
        }
        else if (Name is not null)
        {
            query.ReadByName(Name, StopToken);
        }
        else
        {
            query.ReadAll(StopToken);
        }
    }
}
