using System.Management.Automation;
using TunStats.NetLog;
using TunStats.Packets;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>Test-FlowRoute: what an address is to a tunnel, and the prefix that decided.</summary>
[Cmdlet(VerbsDiagnostic.Test, "FlowRoute")]
[OutputType(typeof(AddressVerdict))]
public sealed class TestFlowRouteCommand : ClassifierCmdlet
{
    private FlowClassifier? _classifier;

    /// <summary>The addresses.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("IPAddress", "SourceAddress")]
    [ValidateNotNullOrEmpty]
    public string[] Address { get; set; } = [];

    /// <summary>The devices whose addresses and routes the kernel is asked for.</summary>
    [Parameter(Position = 1)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _classifier = OpenSource(Name)?.Current;
        if (_classifier is null)
        {
            ThrowTerminatingError(ErrorRecords.NoRoutes());
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string text in Address)
        {
            if (IpAddr.TryParse(text, out IpAddr address, out IpParseError error))
            {
                WriteObject(_classifier!.Classify(address));
            }
            else
            {
                WriteError(ErrorRecords.InvalidAddress(text, error));
            }
        }
    }
}
