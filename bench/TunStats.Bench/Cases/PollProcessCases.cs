using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using TunStats.Bench.Harness;
using TunStats.Lab;

namespace TunStats.Bench.Cases;

/// <summary><c>tunstats poll</c> as a process, on ten devices of a private namespace.</summary>
internal static class PollProcessCases
{
    private const int Polls = 1_000_000;
    private const int Pairs = 5;
    private const int Port = 9100;
    private const int Seconds = 20;

    internal static BenchCase[] Create() =>
    [
        new("tunstats poll of 10 devices, 1,000,000 polls: memory", "<= 1.05 x that after 10,000", Memory),
        new("tunstats poll of 10 devices at 1 s: CPU", "<= 0.1 x node_exporter scraped at 1 s", Share),
    ];

    private static Measurement Memory(BenchEnvironment environment)
    {
        using PrivateNamespace space = Populated();
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", "exec \"$0\" \"$@\" >/dev/null", environment.SoakProgram(), space.Path, $"{Polls}"])
        {
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string last = "";
        while (process.StandardError.ReadLine() is { } line)
        {
            last = line;
        }

        process.WaitForExit();
        string[] words = last.Split(' ');
        if (process.ExitCode != 0 || words is not ["resident", _, _])
        {
            throw new InvalidOperationException($"TunStats.Soak failed: {last}");
        }

        double early = double.Parse(words[1], CultureInfo.InvariantCulture) / 1024;
        double late = double.Parse(words[2], CultureInfo.InvariantCulture) / 1024;
        return new Measurement(
            string.Create(CultureInfo.InvariantCulture, $"{late / early:0.000} x ({late:0.0} MiB, before {early:0.0})"),
            late / early <= 1.05);
    }

    private static Measurement Share(BenchEnvironment environment)
    {
        string exporter = BenchEnvironment.Tool("prometheus-node-exporter");
        string tunstats = environment.ConsoleProgram();
        using PrivateNamespace space = Populated();
        using Process theirs = space.Run(() => Start(
            exporter,
            "--collector.disable-defaults",
            "--collector.netdev",
            "--collector.netdev.device-exclude=^lo$",
            "--log.level=error",
            $"--web.listen-address=127.0.0.1:{Port}"));
        using Process mine = space.Run(() => Start(tunstats, "poll", "veth*", "--interval", "1", "--json"));
        try
        {
            // The first scrapes find the program starting, and warm it up.
            for (int i = 0; i < 3; i++)
            {
                Thread.Sleep(1000);
                space.Run(Scrape);
            }

            double myStart = CpuNanoseconds(mine), theirStart = CpuNanoseconds(theirs);
            for (int i = 0; i < Seconds; i++)
            {
                Thread.Sleep(1000);
                space.Run(Scrape);
            }

            double my = (CpuNanoseconds(mine) - myStart) / Seconds / 1e6;
            double their = (CpuNanoseconds(theirs) - theirStart) / Seconds / 1e6;
            return new Measurement(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{my / their:0.00} x node_exporter ({my:0.000} and {their:0.000} ms/s)"),
                my / their <= 0.1);
        }
        finally
        {
            End(mine);
            End(theirs);
        }
    }

    private static PrivateNamespace Populated()
    {
        var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        links.SetUp("lo");
        for (int i = 0; i < Pairs; i++)
        {
            links.AddVeth($"vetha{i}", $"vethb{i}");
        }

        return space;
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" >/dev/null 2>&1", program, .. arguments]))!;

    private static void Scrape()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(new IPEndPoint(IPAddress.Loopback, Port));
        socket.Send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8);
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.UTF8);
        const string Expected = "node_network_receive_bytes_total{device=\"vetha0\"}";
        if (!reader.ReadToEnd().Contains(Expected, StringComparison.Ordinal))
        {
            throw new InvalidOperationException("node_exporter tells nothing of the devices.");
        }
    }

    /// <summary>The time that all threads of a process ran; /proc/PID/stat would count in ticks of 10 ms.</summary>
    private static double CpuNanoseconds(Process process)
    {
        double sum = 0;
        foreach (string task in Directory.GetDirectories($"/proc/{process.Id}/task"))
        {
            sum += double.Parse(
                File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture);
        }

        return sum;
    }

    private static void End(Process process)
    {
        process.Kill();
        process.WaitForExit();
    }
}
