using System.Linq;
using System.Management.Automation;
using TunStats.Logging;

namespace TunStats.PowerShell.Commands;

/// <summary>Finds the loggers that a user names.</summary>
internal static class NetLoggerNames
{
    /// <summary>The loggers whose name or device matches.</summary>
    /// <param name="name">A name or a wildcard.</param>
    internal static NetLogger[] Find(string name)
    {
        WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.None);
        return
        [
            .. NetLoggers.OfProcess.Running.Where(
                logger => logger.Status is var status
                    && (pattern.IsMatch(status.Name) || pattern.IsMatch(status.Device))),
        ];
    }
}
