using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using TunStats.Lab;
using Xunit;

namespace TunStats.Tests.Export;

/// <summary>A collector that others wrote, in a namespace of its own with nothing but a loopback.</summary>
internal sealed class CollectorProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly PrivateNamespace _space = new();
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    internal CollectorProcess(string program, params string[] arguments)
    {
        using (LabLinks links = _space.OpenLinks())
        {
            links.SetUp("lo");
        }

        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        _process = _space.Run(() => Process.Start(start)!);
        _process.OutputDataReceived += Collect;
        _process.ErrorDataReceived += Collect;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it printed so far.</summary>
    internal string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Does something where the collector is.</summary>
    internal void Run(Action action) => _space.Run(action);

    /// <summary>Waits until it listens on a port.</summary>
    internal void WaitForListener(string table, int port) => WaitFor(() => QueueOf(table, port) is not null);

    /// <summary>Waits until it has read every datagram.</summary>
    internal void WaitUntilRead(int port) => WaitFor(() => QueueOf("udp", port) == 0);

    internal void WaitFor(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(
                watch.Elapsed < Patience, $"{_process.StartInfo.FileName} does not do what it should:\n{Output}");
            Assert.False(_process.HasExited, $"{_process.StartInfo.FileName} has ended:\n{Output}");
            Thread.Sleep(10);
        }
    }

    /// <summary>Waits for the end that it comes to by itself.</summary>
    internal void WaitForEnd()
    {
        Assert.True(_process.WaitForExit(Patience), $"{_process.StartInfo.FileName} does not end:\n{Output}");
        _process.WaitForExit();
    }

    /// <summary>Ends it as a service manager would.</summary>
    internal void Terminate()
    {
        using (Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
        {
            kill.WaitForExit();
        }

        WaitForEnd();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
        _space.Dispose();
    }

    /// <summary>The bytes that wait in the socket's queue; null while nothing listens.</summary>
    private long? QueueOf(string table, int port)
    {
        string end = string.Create(CultureInfo.InvariantCulture, $":{port:X4} ");
        string? row = _space.Run(() => File.ReadLines($"/proc/thread-self/net/{table}")
            .FirstOrDefault(line => line.Contains(end, StringComparison.Ordinal)));
        string? queues = row?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return queues is null
            ? null
            : long.Parse(queues.Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private void Collect(object sender, DataReceivedEventArgs e)
    {
        lock (_output)
        {
            _output.Append(e.Data is null ? "" : e.Data + "\n");
        }
    }
}
