using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Cli;

/// <summary>
/// Each system call of the program fails in turn (strace -e inject): a sentence or nothing, never an abort, a stack
/// or a resource key.
/// </summary>
[Collection(NativeTests.Name)]
public sealed partial class FaultTests(NativeProgram program) : IDisposable
{
    // Calls by which the runtime looks after its own memory, threads and signals; their failures are not the program's.
    private static readonly HashSet<string> Runtime =
    [
        "mmap", "munmap", "madvise", "mprotect", "brk", "futex", "exit", "exit_group", "close", "rt_sigaction",
        "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity", "sched_yield", "set_robust_list", "rseq", "gettid",
        "getpid", "prctl", "membarrier", "restart_syscall", "set_tid_address", "sigaltstack", "uname", "sysinfo",
    ];

    // A call that is waited for in vain ends after 5 s or 10 s.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // Further calls of one name are made from the same places.
    private const int MaxCalls = 12;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-faults-");

    public void Dispose() => _directory.Delete(recursive: true);

    [NativeFact("strace")]
    public void StatsEndsWithASentence() => InjectInto("stats", "lo", "--json");

    [NativeFact("strace")]
    public void PollEndsWithASentenceOrGoesOn() => InjectInto(
        "poll", "lo", "--count", "2", "--interval", "0.1", "--metrics-file", $"{_directory.FullName}/m.prom");

    [NativeFact("strace")]
    public void PollThatServesMetricsEndsWithASentenceOrGoesOn() => InjectInto(
        "poll", "lo", "--count", "2", "--interval", "0.1", "--metrics-listen", "127.0.0.1:0");

    [NativeFact("strace", "unshare")]
    public void FlowsEndWithASentence() => InjectInto("flows", "lo", "--duration", "20ms", "--json");

    [NativeFact("strace", "unshare")]
    public void FlowsOfAFileEndWithASentence() => InjectInto("flows", Capture());

    [NativeFact("strace", "unshare")]
    public void LogOfAFileEndsWithASentence() => InjectInto(
        "netlog", Capture(), "--route", "10.0.0.0/8", "--out", Path.Combine(_directory.FullName, "log"));

    [NativeFact("strace", "unshare")]
    public void LogThatIsReadEndsWithASentence()
    {
        string log = Path.Combine(_directory.FullName, "log");
        Assert.Equal(0, program.Run("netlog", Capture(), "--route", "10.0.0.0/8", "--out", log).ExitCode);
        InjectInto("netlog", "--read", log);
    }

    [NativeFact("strace", "unshare")]
    public void PeersEndWithASentence() => InjectInto("peers");

    /// <summary>A message names what failed, not the device or file that was meant.</summary>
    [NativeFact("strace", "unshare")]
    public void CauseIsNamed()
    {
        string capture = Capture();
        string metrics = Path.Combine(_directory.FullName, "m.prom");
        (string Call, string Errno, string Expected, string[] Arguments)[] cases =
        [
            ("getrandom", "ENOMEM", "Reading random bytes (getrandom) failed: Cannot allocate memory",
                ["flows", "lo", "-d", "20ms"]),
            ("eventfd2", "EMFILE", "(eventfd) failed: Too many open files", ["flows", "lo", "-d", "20ms"]),
            ("eventfd2", "EMFILE", "the kernel gave no descriptor",
                ["poll", "lo", "-c", "1", "--metrics-listen", "127.0.0.1:0"]),
            ("statx", "EIO", "Input/output error", ["flows", capture]),
            ("statx", "EIO", "Input/output error", ["poll", "lo", "-c", "1", "--metrics-file", metrics]),
        ];
        foreach ((string call, string errno, string expected, string[] arguments) in cases)
        {
            (int code, _, string error) = Trace(
                ["-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:error={errno}:when=1..9",
                    program.Path, .. arguments]);
            Assert.Equal(1, code);
            Assert.Contains(expected, error, StringComparison.Ordinal);
        }
    }

    /// <summary>No thread can be had from one on: what is written is whole, else the exit code says so.</summary>
    [NativeFact("strace", "unshare")]
    public void OutputIsNeverLostInSilenceWhereThereIsNoThread()
    {
        string capture = Capture();
        string[][] calls =
        [
            ["poll", "lo", "-c", "2", "-i", "0.1"], ["flows", capture], ["netlog", capture, "--route", "10.0.0.0/8"],
            ["stats", "lo", "--rate", "0.1", "--json"],
            ["poll", "lo", "-c", "2", "-i", "0.1", "--metrics-listen", "127.0.0.1:0"],
        ];
        foreach (string[] call in calls)
        {
            // The first thread is the runtime's own.
            for (int number = 2; number <= 6; number++)
            {
                string inject = $"inject=clone3,clone:error=EAGAIN:when={number}+";
                (int code, string output, string error) = Trace(
                    ["-o", "/dev/null", "-e", "trace=clone3,clone", "-e", inject, program.Path, .. call]);
                Assert.True((code == 0 ? output : error).Length > 0, $"{call[0]} {inject}: {code} {output} {error}");
                Assert.Matches(Sentences(), error);
                Assert.InRange(code, 0, 1);
            }
        }
    }

    private string Capture()
    {
        string capture = Path.Combine(_directory.FullName, "a.pcap");
        File.WriteAllBytes(capture, Pcap(101, [Udp("10.0.0.1:1", "10.0.0.2:2", 72)]));
        return capture;
    }

    private void InjectInto(params string[] arguments)
    {
        var faults = new ConcurrentBag<string>();
        (string Call, int Number, string Errno)[] all =
        [
            .. from call in Calls(arguments)
               from errno in Errors(call.Call)
               select (call.Call, call.Number, errno),
        ];
        Assert.NotEmpty(all);
        string[] files = Directory.GetFiles(_directory.FullName);
        Parallel.ForEach(all, new ParallelOptions { MaxDegreeOfParallelism = 4 }, fault =>
        {
            // Each run has files of its own.
            string directory = _directory.CreateSubdirectory(Guid.NewGuid().ToString()).FullName;
            Array.ForEach(files, file => File.Copy(file, Path.Combine(directory, Path.GetFileName(file))));
            string inject = $"inject={fault.Call}:error={fault.Errno}:when={fault.Number}";
            var watch = Stopwatch.StartNew();
            (int code, _, string error) = Trace(
                ["-o", "/dev/null", "-e", $"trace={fault.Call}", "-e", inject, program.Path,
                    .. arguments.Select(a => a.Replace(_directory.FullName, directory, StringComparison.Ordinal))]);

            // Calls are numbered in each thread: the one that writes the message fails as well.
            bool isReported = error.Length > 0 || fault.Call is "poll" or "write";
            bool isClear = code is 0 or 1 && (code == 0 || isReported)
                && Sentences().IsMatch(error) && !Leak().IsMatch(error) && watch.Elapsed < Patience;
            if (!isClear)
            {
                faults.Add($"{inject}: {code} {error}");
            }
        });

        Assert.Empty(faults);
    }

    /// <summary>The program's own calls, each with its number among all calls of that name.</summary>
    private IEnumerable<(string Call, int Number)> Calls(string[] arguments)
    {
        string log = Path.Combine(_directory.FullName, "calls");
        (int code, _, string error) = Trace(["-o", log, program.Path, .. arguments]);
        Assert.True(code == 0, error);
        Dictionary<string, int> numbers = [];
        Dictionary<string, int> made = [];
        bool isProgram = false;
        foreach (string line in File.ReadLines(log))
        {
            if (CallLine().Match(line) is not { Success: true } match)
            {
                continue;
            }

            string call = match.Groups[1].Value;
            numbers[call] = numbers.GetValueOrDefault(call) + 1;

            // The first thing that Main does.
            isProgram |= line.Contains("F_GETFD", StringComparison.Ordinal);
            made[call] = made.GetValueOrDefault(call) + (isProgram ? 1 : 0);
            if (isProgram && !Runtime.Contains(call) && made[call] <= MaxCalls)
            {
                yield return (call, numbers[call]);
            }
        }

        Assert.True(isProgram, "the calls of Main were not found");
    }

    private static (int ExitCode, string Output, string Error) Trace(IEnumerable<string> arguments) =>
        NativeProgram.Start("unshare", ["-rn", "strace", "-f", "-qq", .. arguments]);

    private static string[] Errors(string call) => call switch
    {
        "openat" => ["EMFILE", "EACCES", "ENOSPC"],
        "clone3" or "clone" => ["EAGAIN"],
        "poll" => ["ENOMEM", "EINTR"],
        "sendto" or "recvfrom" => ["ENOBUFS", "EINTR", "EIO"],
        "write" or "fsync" => ["ENOSPC", "EINTR", "EIO"],
        _ => ["EMFILE", "EINTR", "EIO"],
    };

    [GeneratedRegex(@"^\d+ +(\w+)\(")]
    private static partial Regex CallLine();

    [GeneratedRegex(@"\A(tunstats: [^\n]+\n)*\z")]
    private static partial Regex Sentences();

    [GeneratedRegex(@"[A-Z][a-z]+_[A-Z]\w+|Exception|   at |unexpected error")]
    private static partial Regex Leak();
}
