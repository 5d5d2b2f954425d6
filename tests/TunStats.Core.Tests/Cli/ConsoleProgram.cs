using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace TunStats.Tests.Cli;

/// <summary>The program <c>tunstats</c> under way, as users run it; ended with this object.</summary>
internal sealed class ConsoleProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _errors = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _seen = new();

    internal ConsoleProgram(params string[] arguments)
        : this("dotnet", [FindProgram(), .. arguments])
    {
    }

    private ConsoleProgram(string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _ = ReadErrorsAsync();
    }

    /// <summary>Starts any program, such as the native one or one that starts it.</summary>
    internal static ConsoleProgram Start(string file, params string[] arguments) => new(file, arguments);

    /// <summary>Starts it under another program, such as strace.</summary>
    internal static ConsoleProgram Under(string[] other, params string[] arguments) =>
        new(other[0], [.. other[1..], "dotnet", FindProgram(), .. arguments]);

    internal StreamWriter Input => _process.StandardInput;

    internal StreamReader Output => _process.StandardOutput;

    /// <summary>Sends a signal, such as TERM.</summary>
    internal void Signal(string signal) => Signal(signal, _process.Id);

    /// <summary>Sends a signal to a process that this one started.</summary>
    internal static void Signal(string signal, int process)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{process}"]);
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
                throw new InvalidOperationException($"tunstats has no thread '{name}': {await ErrorAsync()}");
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
        ?? throw new InvalidOperationException($"tunstats ended: {await ErrorAsync()}");

    /// <summary>Waits for a line of standard error that holds a text.</summary>
    internal async Task<string> ReadErrorAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await _errors.Reader.WaitToReadAsync(patience.Token))
        {
            string line = await _errors.Reader.ReadAsync(patience.Token);
            _seen.Append(line).Append('\n');
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"tunstats ended without '{text}': {_seen}");
    }

    /// <summary>All of standard error, at the end.</summary>
    internal async Task<string> ErrorAsync()
    {
        await foreach (string line in _errors.Reader.ReadAllAsync())
        {
            _seen.Append(line).Append('\n');
        }

        return _seen.ToString();
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code, what was left of standard output, and standard error.</returns>
    internal async Task<(int ExitCode, string Output, string Error)> EndAsync()
    {
        string output = await _process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        return (await ExitAsync(), output, await ErrorAsync());
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

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            await _errors.Writer.WriteAsync(line);
        }

        _errors.Writer.Complete();
    }

    /// <summary>artifacts/bin/TunStats.Cli, built as these tests were.</summary>
    internal static string FindProgram()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, "TunStats.Cli", own.Name, "tunstats.dll");
    }
}
