using System;
using System.Collections.Generic;
using System.Management.Automation;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>Files that a cmdlet reads: of PowerShell's paths those of the file system.</summary>
internal static class FilePaths
{
    /// <summary>
    /// The full paths of paths. A path without a file is a non-terminating error; a wildcard without a match is not an
    /// error.
    /// </summary>
    /// <param name="cmdlet">The cmdlet, which writes the errors.</param>
    /// <param name="paths">The paths, relative to PowerShell's location.</param>
    /// <param name="isLiteral">Whether nothing in them is a wildcard.</param>
    internal static IEnumerable<string> Resolve(PSCmdlet cmdlet, IEnumerable<string> paths, bool isLiteral)
    {
        foreach (string path in paths)
        {
            foreach (string file in Resolve(cmdlet, path, isLiteral))
            {
                yield return file;
            }
        }
    }

    private static IEnumerable<string> Resolve(PSCmdlet cmdlet, string path, bool isLiteral)
    {
        PathIntrinsics intrinsics = cmdlet.SessionState.Path;
        bool isPattern = !isLiteral && WildcardPattern.ContainsWildcardCharacters(path);
        ProviderInfo provider;
        IEnumerable<string> files;
        try
        {
            files = isPattern
                ? intrinsics.GetResolvedProviderPathFromPSPath(path, out provider)
                : [intrinsics.GetUnresolvedProviderPathFromPSPath(Unescape(path, isLiteral), out provider, out _)];
        }
        catch (ItemNotFoundException) when (isPattern)
        {
            return [];
        }
        catch (Exception e) when (e is ItemNotFoundException or DriveNotFoundException or ProviderNotFoundException)
        {
            cmdlet.WriteError(ErrorRecords.FileNotFound(path, e));
            return [];
        }

        if (provider.Name != "FileSystem")
        {
            cmdlet.WriteError(ErrorRecords.NotAFilePath(path, provider.Name));
            return [];
        }

        return files;
    }

    private static string Unescape(string path, bool isLiteral) => isLiteral ? path : WildcardPattern.Unescape(path);
}
