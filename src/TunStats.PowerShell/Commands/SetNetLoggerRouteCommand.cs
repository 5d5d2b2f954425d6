using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using TunStats.Classes;
using TunStats.Logging;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>Set-NetLoggerRoute: other routes for a logger that runs.</summary>
[Cmdlet(VerbsCommon.Set, "NetLoggerRoute", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class SetNetLoggerRouteCommand : TunStatsCmdlet
{
    /// <summary>Names and wildcards of loggers or of their devices.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(NetLoggerCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Prefixes that the tunnel carries.</summary>
    [Parameter(Position = 1)]
    [AllowEmptyCollection]
    public string[] Route { get; set; } = [];

    /// <summary>Addresses, or prefixes, of this node in the tunnel.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[] LocalAddress { get; set; } = [];

    /// <summary>The ranges of the overlay network.</summary>
    [Parameter]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(OverlayCompleter))]
    public string[] Overlay { get; set; } = [];

    /// <summary>Files of routes, as text or JSON.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[] RouteFile { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var classes = new ClassifierOptions
        {
            LocalAddresses = LocalAddress,
            Routes = Route,
            RouteFiles = [.. RouteFile.Select(ResolveFile)],
            Overlay = Overlay,
        };
        List<string> given = [.. LocalAddress, .. Route, .. RouteFile, .. Overlay];
        string what = given.Count == 0
            ? "Remove the routes that were given"
            : $"Replace the routes that were given by {string.Join(", ", given)}";
        foreach (string name in Name)
        {
            NetLogger[] found = NetLoggerNames.Find(name);
            foreach (NetLogger logger in found)
            {
                if (ShouldProcess(logger.Name, what))
                {
                    Guard(() => logger.Reconfigure(classes, StopToken), name);
                }
            }

            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                WriteError(ErrorRecords.NetLoggerNotFound(name));
            }
        }
    }
}
