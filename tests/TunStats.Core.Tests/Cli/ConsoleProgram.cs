using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace TunStats.Tests.Cli;

/// <summary>The program <c>tunstats</c> under way, as users run it; ended with this object.</summary>
internal sealed class ConsoleProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _error;

    internal ConsoleProgram(params string[] arguments)
    {
        IEnumerable<string> all = [FindProgram(), .. arguments];
        var start = new ProcessStartInfo("dotnet", all)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync();
    }

    internal StreamReader Output => _process.StandardOutput;

    /// <summary>Sends a signal, such as TERM.</summary>
    internal void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits until the program has a thread of a name.</summary>
    internal async Task ThreadAsync(string name)
    {
        var watch = Stopwatch.StartNew();
        while (!HasThread(name))
        {
            if (_process.HasExited || watch.Elapsed > Patience)
            {
                throw new InvalidOperationException($"tunstats has no thread '{name}': {await _error}");
            }

            await Task.Yield();
        }
    }

    private bool HasThread(string name)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{_process.Id}/task")
                .Any(task => File.ReadAllText($"{task}/comm").TrimEnd() == name);
        }
        catch (IOException)
        {
            // A thread went while it was looked at.
            return false;
        }
    }

    /// <summary>The next line of standard output.</summary>
    internal async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience)
        ?? throw new InvalidOperationException($"tunstats ended: {await _error}");

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code, what was left of standard output, and standard error.</returns>
    internal async Task<(int ExitCode, string Output, string Error)> EndAsync()
    {
        string output = await _process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        return (await ExitAsync(), output, await _error);
    }

    /// <summary>Waits for the end of a program whose output nobody reads.</summary>
    internal async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    /// <summary>artifacts/bin/TunStats.Cli, built as these tests were.</summary>
    private static string FindProgram()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, "TunStats.Cli", own.Name, "tunstats.dll");
    }
}
