using System;
using System.IO;
using System.Linq;
using Xunit;

namespace TunStats.Tests.Interop;

/// <summary>
/// A test that compiles C against the machine's headers; skipped, with the reason, where there is no cc.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Skip = folders.Any(f => File.Exists(Path.Combine(f, "cc")))
            ? null
            : "There is no cc on PATH (Debian: gcc and libc6-dev).";
    }
}
