using System;
using System.IO;
using System.Linq;
using TunStats.Tests.Cli;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Export;

/// <summary>A test with nfacctd and PostgreSQL; skipped, with the reason, where one of them is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    /// <param name="needsNative">Whether the test runs the native program, too.</param>
    public PostgresFactAttribute(bool needsNative = false) => Skip = (needsNative ? NativeFactAttribute.Reason : null)
        ?? ToolFactAttribute.WhyNot(["nfacctd", "psql", "runuser"])
        ?? (Programs is null ? "There is no PostgreSQL server in /usr/lib/postgresql." : null);

    /// <summary>Where Debian has the server's programs, which are not on PATH.</summary>
    internal static string? Programs =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(folder => $"{folder}/bin")
                .LastOrDefault(folder => File.Exists($"{folder}/initdb"))
            : null;
}
