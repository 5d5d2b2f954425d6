using System.Management.Automation;
using TunStats.Classes;
using TunStats.Net;
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
    [AllowEmptyString]
    public string[] Address { get; set; } = [];

    /// <summary>
    /// Names and wildcards of the devices whose addresses and routes the kernel is asked for; every tunnel where
    /// nothing says which routes to use.
    /// </summary>
    [Parameter(Position = 1)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The other end, which a flow of the pipeline has.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    public string? DestinationAddress { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        string[] devices = FindDevices(Name);
        _classifier = OpenSource(devices)?.Current;
        if (_classifier is null && Name.Length == 0)
        {
            ThrowTerminatingError(ErrorRecords.NoRoutes());
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_classifier is null)
        {
            // No device of -Name is there, which an error says unless it is a wildcard.
            return;
        }

        foreach (string text in Address)
        {
            Test(text);
        }

        if (!string.IsNullOrEmpty(DestinationAddress))
        {
            Test(DestinationAddress);
        }
    }

    private void Test(string text)
    {
        if (text.Length == 0 && MyInvocation.ExpectingInput)
        {
            // A flow that overflowed, or exit traffic without addresses: there is nothing to test.
            return;
        }

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
