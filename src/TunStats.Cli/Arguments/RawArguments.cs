using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Unicode;
using TunStats.IO;
using TunStats.Links;

namespace TunStats.Cli.Arguments;

/// <summary>
/// Arguments that are not UTF-8. The runtime replaces their bytes; here they come as <c>\xNN</c>, which is how names of
/// devices are shown and typed.
/// </summary>
internal static class RawArguments
{
    private const char Replacement = '\ufffd';

    /// <summary>The arguments, each with the bytes that the caller gave.</summary>
    internal static string[] Restore(string[] arguments) =>
        Array.Exists(arguments, argument => argument.Contains(Replacement, StringComparison.Ordinal))
            ? Restore(arguments, ReadCommandLine())
            : arguments;

    /// <summary>As <see cref="Restore(string[])"/>.</summary>
    /// <param name="arguments">What the runtime made of the arguments.</param>
    /// <param name="commandLine">All arguments of the process, each with a NUL after it.</param>
    internal static string[] Restore(string[] arguments, ReadOnlySpan<byte> commandLine)
    {
        List<string?> restored = [];
        while (commandLine.IndexOf((byte)0) is >= 0 and var end)
        {
            ReadOnlySpan<byte> argument = commandLine[..end];
            restored.Add(Utf8.IsValid(argument) ? null : LinkName.FromBytes(argument));
            commandLine = commandLine[(end + 1)..];
        }

        // Before the program's own arguments are its name and where it is not native the runtime's.
        int before = restored.Count - arguments.Length;
        string[] result = [.. arguments];
        for (int i = 0; i < result.Length && before >= 0; i++)
        {
            result[i] = restored[before + i] ?? result[i];
        }

        return result;
    }

    private static byte[] ReadCommandLine()
    {
        try
        {
            return File.ReadAllBytes("/proc/self/cmdline");
        }
        catch (Exception e) when (FileErrors.IsFileError(e))
        {
            // Without /proc the arguments stay as the runtime gave them.
            return [];
        }
    }
}
