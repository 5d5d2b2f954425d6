using System;
using System.IO;
using System.Linq;
using TunStats.Tests.Live;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>
/// A test of the native program in namespaces of its own; skipped, with the reason, where it cannot be linked or a tool
/// is missing.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NativeFactAttribute : FactAttribute
{
    internal static readonly string? Reason = WhyNot("clang", "gcc");

    public NativeFactAttribute(params string[] tools) => Skip = Reason ?? LiveFactAttribute.Reason
        ?? tools.Select(t => WhyNot(t)).FirstOrDefault(r => r is not null);

    private static string? WhyNot(params string[] tools)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return tools.Any(t => folders.Any(f => File.Exists(Path.Combine(f, t))))
            ? null
            : $"There is no {string.Join(" or ", tools)} on PATH.";
    }
}
