using System;
using System.Diagnostics;
using System.IO;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>The example units, as systemd's own programs judge them.</summary>
public sealed class SystemdUnitTests : IDisposable
{
    private const string Poll = "tunstats-poll@.service";
    private const string NetLog = "tunstats-netlog@.service";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-unit-");

    public void Dispose() => _directory.Delete(recursive: true);

    [ToolTheory("systemd-analyze")]
    [InlineData(Poll, null)]
    [InlineData(Poll, "metrics-listen.conf")]
    [InlineData(Poll, "metrics-file.conf")]
    [InlineData(NetLog, null)]
    [InlineData(NetLog, "collector.conf")]
    public void UnitIsWellFormed(string unit, string? dropIn) => Assert.Equal((0, ""), Verify(unit, dropIn));

    /// <summary>
    /// Its exposure, from 0 to 10, is at most 0.8 for the poller; the logger captures packets, so that it needs a
    /// capability, packet sockets and the users of the host.
    /// </summary>
    [ToolTheory("systemd-analyze")]
    [InlineData(Poll, 8)]
    [InlineData(NetLog, 16)]
    public void SandboxIsTight(string unit, int threshold)
    {
        (int code, string output) = Analyze(
            "security", "--offline=true", "--no-pager", $"--threshold={threshold}", Install(unit, dropIn: null));
        Assert.True(code == 0, output);
        Assert.Contains("Overall exposure level", output, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output) Verify(string unit, string? dropIn) =>
        Analyze("verify", "--man=no", "--recursive-errors=no", Install(unit, dropIn));

    /// <summary>Copies the unit, with a program that this machine has in the place of an installed tunstats.</summary>
    /// <returns>The path of the unit's instance.</returns>
    private string Install(string unit, string? dropIn)
    {
        string examples = Path.Combine(FindRoot(), "docs/examples");
        string path = Path.Combine(_directory.FullName, unit.Replace("@", "@tun0", StringComparison.Ordinal));
        File.WriteAllText(path, Runnable(Path.Combine(examples, unit)));
        if (dropIn is not null)
        {
            DirectoryInfo target = _directory.CreateSubdirectory($"{Path.GetFileName(path)}.d");
            string text = Runnable(Path.Combine(examples, $"{unit}.d", dropIn));
            File.WriteAllText(Path.Combine(target.FullName, dropIn), text);
        }

        return path;
    }

    private static string Runnable(string path)
    {
        string text = File.ReadAllText(path);
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
