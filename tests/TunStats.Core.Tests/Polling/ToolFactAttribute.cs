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
    public ToolFactAttribute(params string[] tools) => Skip = WhyNot(tools);

    /// <summary>Why a test that needs programs cannot run; null where it can.</summary>
    internal static string? WhyNot(string[] tools)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string? missing = tools.FirstOrDefault(t => !folders.Any(f => File.Exists(Path.Combine(f, t))));
        return missing is null ? new LiveFactAttribute().Skip : $"There is no {missing} on PATH.";
    }
}
