using System;
using Xunit;

namespace TunStats.Tests;

/// <summary>That each run of the tests is on the runtime that it is about.</summary>
public sealed class RuntimeTests
{
    [Fact]
    public void RuntimeIsTheOneAskedForOrTheNewest()
    {
        string? asked = Environment.GetEnvironmentVariable("TUNSTATS_RUNTIME");
        Assert.InRange(Environment.Version.Major, asked is null ? 10 : 8, asked is null ? int.MaxValue : 8);
    }
}
