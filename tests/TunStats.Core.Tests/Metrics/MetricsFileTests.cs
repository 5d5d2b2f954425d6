using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Interop;
using TunStats.Metrics;
using TunStats.Tests.Cli;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Metrics;

public sealed class MetricsFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-test-");

    private const UnixFileMode ReadableByAll =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private string Target => Path.Combine(_directory.FullName, "tunstats.prom");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void CheckLeavesNothingBehind()
    {
        MetricsFile.Create(Target);

        Assert.Empty(_directory.EnumerateFileSystemInfos());
    }

    [Fact]
    public void FileIsReadableByAllAndAlone()
    {
        MetricsFile file = MetricsFile.Create(Target);
        file.Write("one\n"u8);
        file.Write("two\n"u8);

        Assert.Equal("two\n", File.ReadAllText(Target));
        Assert.Equal("tunstats.prom", Assert.Single(_directory.EnumerateFileSystemInfos()).Name);
        Assert.Equal(ReadableByAll, File.GetUnixFileMode(Target));

        file.Delete();
        file.Delete();
        Assert.Empty(_directory.EnumerateFileSystemInfos());
    }

    [Theory]
    [InlineData("# HELP tundev_txq_drops Packets that the device's transmit queue did not take.\n")]
    [InlineData("# HELP tunstats_polls Polls of this poller, failed ones too.\n")]
    [InlineData("# HELP tunstats_polls_total Polls of this poller, failed ones too.\n")]
    public void MetricsFileOfAnEarlierRunIsReplacedAndKeepsItsMode(string start)
    {
        File.WriteAllText(Target, start);
        File.SetUnixFileMode(Target, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        MetricsFile file = MetricsFile.Create(Target);
        file.Write("metrics"u8);
        file.Write("more"u8);

        Assert.Equal("more", File.ReadAllText(Target));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
        Assert.Equal("tunstats.prom", Assert.Single(_directory.EnumerateFileSystemInfos()).Name);
    }

    [UserSwitchFact]
    public void MetricsFileOfAnotherUserStaysThatUsers()
    {
        File.WriteAllText(Target, "# HELP tunstats_polls_total x\n");
        Run("chown", "65534:65533", Target);

        MetricsFile.Create(Target).Write("metrics"u8);

        Assert.Equal("metrics", File.ReadAllText(Target));
        Assert.Equal("65534:65533\n", Run("stat", "-c", "%u:%g", Target));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret\n")]
    [InlineData("# HELP node_cpu_seconds_total x\n")]
    [InlineData("# HELP tunstats")]
    public void FileWithOtherContentIsRefusedAndUntouched(string content)
    {
        File.WriteAllText(Target, content);
        File.SetUnixFileMode(Target, UnixFileMode.UserRead);

        AssertRefused(Target, ErrorKind.NotAMetricsFile, "it has other content");

        Assert.Equal(content, File.ReadAllText(Target));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Target));
        Assert.Single(_directory.EnumerateFileSystemInfos());
    }

    [Fact]
    public void DeviceIsRefused() => AssertRefused("/dev/null", ErrorKind.NotAMetricsFile, "it is a device");

    [Fact]
    public void PipeIsRefusedWithoutWaitingForItsWriter()
    {
        Run("mkfifo", Target);

        AssertRefused(Target, ErrorKind.NotAMetricsFile, "it is a pipe");
        Assert.Single(_directory.EnumerateFileSystemInfos());
    }

    [Fact]
    public void SocketIsRefused()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Target));

        AssertRefused(Target, ErrorKind.NotAMetricsFile, "it is a socket");
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/does/not/exist")]
    [InlineData("metrics")]
    public void SymbolicLinkIsRefusedWhereverItPoints(string target)
    {
        string own = Path.Combine(_directory.FullName, "metrics");
        File.WriteAllText(own, "# HELP tunstats_polls_total x\n");
        File.CreateSymbolicLink(Target, target);

        AssertRefused(Target, ErrorKind.NotAMetricsFile, "it is a symbolic link");

        Assert.Equal(target, new FileInfo(Target).LinkTarget);
        Assert.Equal("# HELP tunstats_polls_total x\n", File.ReadAllText(own));
    }

    [Fact]
    public void DirectoryOnTheWayMayBeASymbolicLink()
    {
        DirectoryInfo real = _directory.CreateSubdirectory("real");
        string link = Path.Combine(_directory.FullName, "link");
        Directory.CreateSymbolicLink(link, "real");

        MetricsFile file = MetricsFile.Create(Path.Combine(link, "x.prom"));
        file.Write("metrics"u8);
        Assert.Equal("metrics", File.ReadAllText(Path.Combine(real.FullName, "x.prom")));
        file.Delete();
        Assert.Empty(real.EnumerateFileSystemInfos());
    }

    [Fact]
    public void WhatTookThePathMeanwhileIsNeitherReplacedNorRemoved()
    {
        MetricsFile file = MetricsFile.Create(Target);
        file.Write("# HELP tunstats_polls_total x\n"u8);
        File.Delete(Target);
        File.WriteAllText(Target, "another's");

        TunStatsException e = Assert.Throws<TunStatsException>(() => file.Write("metrics"u8));
        file.Delete();

        Assert.Equal(ErrorKind.NotAMetricsFile, e.Kind);
        Assert.Equal("another's", File.ReadAllText(Target));
        Assert.Single(_directory.EnumerateFileSystemInfos());
    }

    [Fact]
    public void FileOfAnotherPollerIsNotRemoved()
    {
        MetricsFile first = MetricsFile.Create(Target);
        first.Write("# HELP tunstats_polls_total 1\n"u8);
        MetricsFile second = MetricsFile.Create(Target);
        second.Write("# HELP tunstats_polls_total 2\n"u8);

        first.Delete();
        Assert.Equal("# HELP tunstats_polls_total 2\n", File.ReadAllText(Target));
        second.Delete();
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public void FileOfAnEarlierRunStaysWhereNothingWasWritten()
    {
        File.WriteAllText(Target, "# HELP tunstats_polls_total x\n");

        MetricsFile.Create(Target).Delete();

        Assert.True(File.Exists(Target));
    }

    [Fact]
    public void LongestNameOfAFileIsFine()
    {
        string path = Path.Combine(_directory.FullName, new string('x', 250) + ".prom");

        MetricsFile.Create(path).Write("metrics"u8);

        Assert.Equal("metrics", File.ReadAllText(path));
    }

    [Fact]
    public async Task ReaderSeesWholeContentsOnly()
    {
        MetricsFile file = MetricsFile.Create(Target);
        byte[][] contents = [.. Enumerable.Range(0, 2)
            .Select(i => Encoding.ASCII.GetBytes(new string((char)('a' + i), 100_000 + (i * 1000))))];
        file.Write(contents[0]);
        using var done = new CancellationTokenSource();
        int reads = 0;
        Task reader = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                string text = File.ReadAllText(Target);
                Assert.Equal(text[0] == 'a' ? 100_000 : 101_000, text.Length);
                Assert.Equal(text.Length, text.Count(c => c == text[0]));
                reads++;
            }
        });
        for (int i = 0; i < 300 || (Volatile.Read(ref reads) < 20 && !reader.IsCompleted); i++)
        {
            file.Write(contents[i % 2]);
        }

        await done.CancelAsync();
        await reader;
    }

    [Fact]
    public void MissingDirectoryIsAnErrorBeforeTheStart() =>
        AssertRefused(
            Path.Combine(_directory.FullName, "no", "x.prom"), ErrorKind.MetricsDirectoryNotFound, "Create it first");

    [Fact]
    public void DirectoryIsNoFile()
    {
        AssertRefused(_directory.FullName, ErrorKind.MetricsPathIsDirectory, "is a directory");
        AssertRefused(Target + "/", ErrorKind.MetricsPathIsDirectory, "is a directory");
    }

    [Fact]
    public void EmptyPathIsNoFile() => AssertRefused(" ", ErrorKind.InvalidMetricsPath, "not a valid path");

    [Fact]
    public void DirectoryWithoutPermissionIsAnErrorBeforeTheStart() =>
        AssertRefused("/sys/tunstats.prom", ErrorKind.MetricsPathNotWritable, "may not be written to");

    [Fact]
    public void WriterFollowsThePollsAndRemovesTheFileAtItsEnd()
    {
        using var bench = new MetricsBench();
        bench.Kernel.Set(7, "tun0", 41);
        using var written = new ManualResetEventSlim();
        using (var watcher = new FileSystemWatcher(_directory.FullName, "tunstats.prom") { EnableRaisingEvents = true })
        using (var writer = new MetricsFileWriter(MetricsFile.Create(Target), bench.Metrics, Assert.Fail))
        {
            watcher.Renamed += (_, _) => written.Set();
            Assert.False(File.Exists(Target));
            bench.Poll(1);
            Assert.True(written.Wait(TimeSpan.FromSeconds(30)));

            string text = File.ReadAllText(Target);
            Assert.Contains("tundev_txq_drops{device=\"tun0\"} 41\n", text, StringComparison.Ordinal);
            Assert.Contains("# TYPE tunstats_receive_bytes_total counter\n", text, StringComparison.Ordinal);
            Assert.DoesNotContain("# EOF", text, StringComparison.Ordinal);
        }

        Assert.Empty(_directory.EnumerateFileSystemInfos());
    }

    [Fact]
    public void FileThatIsKeptHasTheLastPoll()
    {
        using var bench = new MetricsBench();
        for (ulong drops = 1; drops <= 20; drops++)
        {
            bench.Kernel.Set(7, "tun0", drops);
            using var writer = new MetricsFileWriter(MetricsFile.Create(Target), bench.Metrics, Assert.Fail);
            bench.Poll(1);
            writer.Keep();
            writer.Dispose();
            Assert.Contains(
                $"tundev_txq_drops{{device=\"tun0\"}} {drops}\n", File.ReadAllText(Target), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WriterWarnsOnceWhereTheDirectoryGoesAndEndsInPeace()
    {
        string folder = Path.Combine(_directory.FullName, "sub");
        Directory.CreateDirectory(folder);
        using var warned = new SemaphoreSlim(0);
        string? warning = null;
        using var bench = new MetricsBench();
        using (var writer = new MetricsFileWriter(
            MetricsFile.Create(Path.Combine(folder, "x.prom")),
            bench.Metrics,
            message =>
            {
                warning = message;
                warned.Release();
            }))
        {
            Directory.Delete(folder);
            bench.Poll(1);
            Assert.True(warned.Wait(TimeSpan.FromSeconds(30)));
            bench.Poll(1);
        }

        Assert.Equal(0, warned.CurrentCount);
        Assert.EndsWith(
            "its directory does not exist. Writing is retried after each poll.", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void WriterWarnsOnceOfAnotherPollerOfItsFile()
    {
        var warnings = new ConcurrentQueue<string>();
        using var bench = new MetricsBench();
        using (var writer = new MetricsFileWriter(MetricsFile.Create(Target), bench.Metrics, warnings.Enqueue))
        {
            writer.Keep();
            bench.Poll(1);
            Assert.True(SpinWait.SpinUntil(() => File.Exists(Target), TimeSpan.FromSeconds(30)));
            for (int i = 0; i < 2; i++)
            {
                MetricsFile.Create(Target).Write("# HELP tunstats_polls_total 2\n"u8);
                bench.Poll(1);
                Assert.True(SpinWait.SpinUntil(
                    () => !File.ReadAllText(Target).EndsWith("_total 2\n", StringComparison.Ordinal),
                    TimeSpan.FromSeconds(30)));
            }
        }

        Assert.StartsWith("Another poller also writes", Assert.Single(warnings), StringComparison.Ordinal);
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private static void AssertRefused(string path, ErrorKind kind, string part)
    {
        TunStatsException e = Assert.Throws<TunStatsException>(() => MetricsFile.Create(path));
        Assert.Equal(kind, e.Kind);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }
}
