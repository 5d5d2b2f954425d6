using System;
using System.IO;
using System.Linq;
using TunStats.Tests.Live;
using Xunit;

namespace TunStats.Tests.Polling;

/// <summary>
/// A test on this kernel that runs programs which may not be installed; skipped, with the reason, where one is missing.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] tools)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string? missing = tools.FirstOrDefault(t => !folders.Any(f => File.Exists(Path.Combine(f, t))));
        Skip = missing is null ? new LiveFactAttribute().Skip : $"There is no {missing} on PATH.";
    }
}
