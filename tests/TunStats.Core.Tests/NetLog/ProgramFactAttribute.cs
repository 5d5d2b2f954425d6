using System;
using System.IO;
using System.Linq;
using Xunit;

namespace TunStats.Tests.NetLog;

/// <summary>
/// A test that runs a program which may not be installed; skipped, with the reason, where it is missing.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string program)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Skip = folders.Any(folder => File.Exists(Path.Combine(folder, program)))
            ? null
            : $"There is no {program} on PATH.";
    }
}
