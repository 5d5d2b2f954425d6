using System.Management.Automation;
using TunStats.Classes;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;
using TunStats.Routes;

namespace TunStats.PowerShell.Commands;

/// <summary>Get-FlowRoute: the prefixes that flows are classified by, and where each came from.</summary>
[Cmdlet(VerbsCommon.Get, "FlowRoute")]
[OutputType(typeof(FlowRoute))]
public sealed class GetFlowRouteCommand : ClassifierCmdlet
{
    /// <summary>
    /// Names and wildcards of the devices whose addresses and routes the kernel is asked for; every tunnel where
    /// nothing says which routes to use.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [DeviceName]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string[] devices = FindDevices(Name);
        using ClassifierSource? source = OpenSource(devices);
        if (source is not null)
        {
            WriteObject(source.Current.Routes.Routes, enumerateCollection: true);
        }
        else if (Name.Length == 0)
        {
            ThrowTerminatingError(ErrorRecords.NoRoutes());
        }
    }
}
