using System.Linq;
using System.Management.Automation;
using TunStats.Logging;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>Get-NetLogger: what the loggers of this process have done so far.</summary>
[Cmdlet(VerbsCommon.Get, "NetLogger")]
[OutputType(typeof(NetLoggerStatus))]
public sealed class GetNetLoggerCommand : TunStatsCmdlet
{
    /// <summary>Names and wildcards of loggers or of their devices; all where none is given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(NetLoggerCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            NetLogger[] found = NetLoggerNames.Find(name);
            WriteObject(found.Select(logger => logger.Status), enumerateCollection: true);
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                WriteError(ErrorRecords.NetLoggerNotFound(name));
            }
        }
    }
}
