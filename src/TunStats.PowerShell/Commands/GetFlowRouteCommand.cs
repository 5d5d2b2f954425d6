using System.Management.Automation;
using TunStats.NetLog;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;
using TunStats.Routes;

namespace TunStats.PowerShell.Commands;

/// <summary>Get-FlowRoute: the prefixes that flows are classified by, and where each came from.</summary>
[Cmdlet(VerbsCommon.Get, "FlowRoute")]
[OutputType(typeof(FlowRoute))]
public sealed class GetFlowRouteCommand : ClassifierCmdlet
{
    /// <summary>The devices whose addresses and routes the kernel is asked for.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        using ClassifierSource? source = OpenSource(Name);
        if (source is null)
        {
            ThrowTerminatingError(ErrorRecords.NoRoutes());
        }

        WriteObject(source!.Current.Routes.Routes, enumerateCollection: true);
    }
}
