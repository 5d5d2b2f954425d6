using System;
using System.Diagnostics;
using System.IO;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>The example unit, as systemd's own programs judge it.</summary>
public sealed class SystemdUnitTests : IDisposable
{
    private const string Unit = "tunstats-poll@.service";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-unit-");

    public void Dispose() => _directory.Delete(recursive: true);

    [ToolFact("systemd-analyze")]
    public void UnitIsWellFormed() => Assert.Equal((0, ""), Verify(dropIn: null));

    [ToolFact("systemd-analyze")]
    public void UnitWithMetricsServedIsWellFormed() => Assert.Equal((0, ""), Verify("metrics-listen.conf"));

    [ToolFact("systemd-analyze")]
    public void UnitWithAMetricsFileIsWellFormed() => Assert.Equal((0, ""), Verify("metrics-file.conf"));

    /// <summary>Its exposure, from 0 to 10, is at most 0.8.</summary>
    [ToolFact("systemd-analyze")]
    public void SandboxIsTight()
    {
        string unit = Install(dropIn: null);
        (int code, string output) = Analyze("security", "--offline=true", "--no-pager", "--threshold=8", unit);
        Assert.True(code == 0, output);
        Assert.Contains("Overall exposure level", output, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output) Verify(string? dropIn) =>
        Analyze("verify", "--man=no", "--recursive-errors=no", Install(dropIn));

    /// <summary>Copies the unit, with a program that this machine has in the place of an installed tunstats.</summary>
    /// <returns>The path of the unit's instance.</returns>
    private string Install(string? dropIn)
    {
        string examples = Path.Combine(FindRoot(), "docs/examples");
        string path = Path.Combine(_directory.FullName, "tunstats-poll@tun0.service");
        File.WriteAllText(path, Runnable(Path.Combine(examples, Unit)));
        if (dropIn is not null)
        {
            DirectoryInfo target = _directory.CreateSubdirectory("tunstats-poll@tun0.service.d");
            string text = Runnable(Path.Combine(examples, $"{Unit}.d", dropIn));
            File.WriteAllText(Path.Combine(target.FullName, dropIn), text);
        }

        return path;
    }

    private static string Runnable(string path)
    {
        string text = File.ReadAllText(path);
        Assert.Contains("/usr/local/bin/tunstats poll ", text, StringComparison.Ordinal);
        return text.Replace("/usr/local/bin/tunstats ", "/bin/true ", StringComparison.Ordinal);
    }

    private static (int ExitCode, string Output) Analyze(params string[] arguments)
    {
        var start = new ProcessStartInfo("systemd-analyze", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TunStats.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("There is no TunStats.slnx above the tests.");
    }
}
