using System.IO;
using System.Management.Automation;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.PowerShell.Errors;

/// <summary>Says how to give a file, where the path of one was given as the name of a device.</summary>
internal static class FileHint
{
    /// <summary>The record, with a hint where the name that is wrong is the path of a file.</summary>
    /// <param name="record">What is wrong.</param>
    /// <param name="location">PowerShell's location, from which relative paths start.</param>
    internal static ErrorRecord Add(ErrorRecord record, string location)
    {
        if (record.Exception is TunStatsException { Kind: ErrorKind.DeviceNotFound or ErrorKind.InvalidDeviceName }
            && record.TargetObject is string text
            && !text.Contains('\0')
            && File.Exists(Path.GetFullPath(text, location)))
        {
            record.ErrorDetails = new ErrorDetails(PrintableText.Escape(
                $"{record.Exception.Message} '{text}' is a file: give a capture to Get-FlowTraffic with -Path, and a "
                + "file of routes with -RouteFile."));
        }

        return record;
    }
}
