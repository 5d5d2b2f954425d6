using System;
using System.Collections.Generic;
using System.Management.Automation;
using TunStats.Flows;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Conversion;
using TunStats.Views;

namespace TunStats.PowerShell.Commands;

/// <summary>Show-TunTraffic: devices and their connections, live on the whole screen.</summary>
[Cmdlet(VerbsCommon.Show, "TunTraffic")]
[OutputType(typeof(void))]
public sealed class ShowTunTrafficCommand : ClassifierCmdlet
{
    private readonly List<string> _names = [];

    /// <summary>Names and wildcards of the devices; all tunnels where none are given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>What connections are summed by at first.</summary>
    [Parameter]
    public FlowGrouping? GroupBy { get; set; }

    private bool IsColourWanted =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Host.UI.SupportsVirtualTerminal
        && SessionState.PSVariable.GetValue("PSStyle") is { } style
        && new PropertyReader(PSObject.AsPSObject(style)).Text("OutputRendering") != "PlainText";

    /// <inheritdoc/>
    protected override void ProcessRecord() => _names.AddRange(Name);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var options = new LiveOptions
        {
            Names = _names,
            NetworkNamespace = NetworkNamespace,
            GroupBy = GroupBy,
            Classes = Classes,
            RouteHint = "-Route, -RouteFile, -RouteDevice or -LocalAddress",
            HasColour = IsColourWanted,
        };
        Guard(() => LiveView.Run(options, StopToken), string.Join(", ", _names));
    }
}
