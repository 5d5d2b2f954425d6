using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using TunStats.Lab;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Cli;

/// <summary>What the native program needs of a machine, and how fast it starts.</summary>
[Collection(NativeTests.Name)]
public sealed class NativeProgramTests(NativeProgram program) : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-native-");

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>In a root that holds the C library, the program and nothing else.</summary>
    [NativeFact("chroot", "unshare")]
    public void CLibraryIsAllThatItNeeds()
    {
        string root = _directory.FullName;
        foreach (string library in LibrariesOfC())
        {
            string target = root + library;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(library, target);
        }

        File.Copy(program.Path, $"{root}/tunstats");
        File.WriteAllBytes($"{root}/empty.pcap", Capture());
        File.WriteAllText($"{root}/message.json", "{}\n");
        Directory.CreateDirectory($"{root}/dev");
        Directory.CreateDirectory($"{root}/proc");
        string[][] calls =
        [
            ["stats", "lo"],
            ["poll", "lo", "--count", "1", "--json", "--metrics-file", "/metrics.prom"],
            ["poll", "lo", "--count", "1", "--metrics-listen", "127.0.0.1:0"],
            ["flows", "/empty.pcap"],
            ["flows", "lo", "--duration", "10ms", "--json"],
            ["netlog", "/empty.pcap", "--route", "100.64.0.0/10"],
            ["--help"],
        ];
        foreach (string[] call in calls)
        {
            (int code, string output, string error) = NativeProgram.Start(
                "unshare", ["-rn", "chroot", root, "/tunstats", .. call]);
            Assert.True(code == 0, $"{string.Join(' ', call)}: {code} {output}{error}");
        }
    }

    /// <summary>What the dynamic loader opens: TLS for https alone, also where a message is sent.</summary>
    [NativeFact("env")]
    public async Task OpenSslIsLoadedForHttpsAlone()
    {
        string capture = Path.Combine(_directory.FullName, "a.pcap");
        File.WriteAllBytes(capture, Pcap(101, [Udp("100.64.0.1:1", "100.64.0.2:2", 72)]));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<string> collector = AnswerOnceAsync(listener);
        string http = LoadedFor(capture, $"http://{listener.LocalEndpoint}/");
        string request = await collector.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.StartsWith("POST / HTTP/1.1", request, StringComparison.Ordinal);
        Assert.DoesNotContain("libssl", http, StringComparison.Ordinal);
        Assert.DoesNotContain("libcrypto", http, StringComparison.Ordinal);

        File.WriteAllBytes(capture, Capture());
        Assert.Contains("libssl", LoadedFor(capture, "https://127.0.0.1:1/"), StringComparison.Ordinal);
    }

    [NativeFact]
    public async Task CommandRunsWhenDropsBegin()
    {
        string seen = Path.Combine(_directory.FullName, "seen");
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using var poll = ConsoleProgram.Start(
            program.Path,
            "poll",
            "tun0",
            "--json",
            "--interval",
            "1s",
            "--netns",
            space.Path,
            "--exec-on-drop",
            $"echo $TUNSTATS_EVENT $TUNSTATS_DEVICE >> {seen}; exit 3");
        await poll.Output.ReadLineAsync();
        space.Run(() => tunnel.Send(700));
        Assert.Contains("exit code 3 (begin", await poll.ReadErrorAsync("exit code"), StringComparison.Ordinal);
        Assert.StartsWith("begin tun0\n", await File.ReadAllTextAsync(seen), StringComparison.Ordinal);
        poll.Signal("TERM");
        Assert.Equal(0, (await poll.EndAsync()).ExitCode);
    }

    [NativeFact]
    public void StartTakesAtMostOneAndAHalfTimesThatOfAnEmptyProgram()
    {
        string empty = BuildEmpty();
        List<double> ratios = [];
        for (int i = 0; i < 15; i++)
        {
            // Pairs, one right after the other, so that both meet the same load.
            double one = ProcessorTime(empty);
            double two = ProcessorTime(program.Path, "stats", "lo");
            ratios.Add(two / one);
        }

        ratios.Sort();
        Assert.InRange(ratios[ratios.Count / 2], 0.1, 1.5);
    }

    private string LoadedFor(string capture, string uri) => NativeProgram.Start(
        "env",
        [
            "LD_DEBUG=files", program.Path, "netlog", capture, "--route", "100.64.0.0/10", "--uri", uri,
        ]).Error;

    private static async Task<string> AnswerOnceAsync(TcpListener listener)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        NetworkStream stream = client.GetStream();
        byte[] buffer = new byte[64 * 1024];
        string request = "";
        Match length;
        do
        {
            request += Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer));
            length = Regex.Match(request, @"(?s)\r\nContent-Length: (\d+).*?\r\n\r\n(.*)");
        }
        while (!length.Success
            || length.Groups[2].Length < int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture));

        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
        return request;
    }

    private static IEnumerable<string> LibrariesOfC() =>
    [
        .. Existing("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"),
        .. Existing("/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6"),
        .. Existing("/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6", "/lib64/libm.so.6"),
    ];

    private static IEnumerable<string> Existing(params string[] paths)
    {
        string? path = Array.Find(paths, File.Exists);
        return path is null ? [] : [path];
    }

    /// <summary>A pcap file without a packet.</summary>
    private static byte[] Capture() =>
        [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 101, 0, 0, 0];

    private string BuildEmpty()
    {
        string folder = _directory.FullName;
        File.WriteAllText(
            Path.Combine(folder, "empty.csproj"),
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net8.0</TargetFramework>
                <PublishAot>true</PublishAot>
                <InvariantGlobalization>true</InvariantGlobalization>
                <UseSystemResourceKeys>true</UseSystemResourceKeys>
                <ConcurrentGarbageCollection>false</ConcurrentGarbageCollection>
                <EventSourceSupport>false</EventSourceSupport>
                <StackTraceSupport>false</StackTraceSupport>
              </PropertyGroup>
            </Project>
            """);
        File.WriteAllText(
            Path.Combine(folder, "Program.cs"), "internal static class Program { private static void Main() { } }");
        (int code, string output, string error) = NativeProgram.Start(
            "dotnet",
            ["publish", folder, "-c", "Release", "--use-current-runtime", "-o", $"{folder}/out", "-nodeReuse:false"]);
        Assert.True(code == 0, output + error);
        return $"{folder}/out/empty";
    }

    /// <summary>Processor time of twenty runs in seconds; other programs disturb it less than the clock.</summary>
    private static double ProcessorTime(string file, params string[] arguments)
    {
        string run = $"\"{file}\" {string.Join(' ', arguments)} > /dev/null";
        string script = $"i=0; while [ $i -lt 20 ]; do {run}; i=$((i+1)); done; times";
        (int code, string output, string error) = NativeProgram.Start("sh", ["-c", script]);
        Assert.True(code == 0, error);
        double seconds = 0;
        foreach (string time in output.Split('\n')[1].Split(' '))
        {
            string[] parts = time.TrimEnd('s').Split('m');
            seconds += (60 * double.Parse(parts[0], CultureInfo.InvariantCulture))
                + double.Parse(parts[1], CultureInfo.InvariantCulture);
        }

        return seconds;
    }
}
