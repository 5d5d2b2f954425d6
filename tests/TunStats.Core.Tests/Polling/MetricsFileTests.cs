using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Polling;
using Xunit;

namespace TunStats.Tests.Polling;

public sealed class MetricsFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-test-");

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
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            File.GetUnixFileMode(Target));

        file.Delete();
        file.Delete();
        Assert.Empty(_directory.EnumerateFileSystemInfos());
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
    public void LinkThatBearsTheNameIsReplacedAndNotFollowed()
    {
        string victim = Path.Combine(_directory.FullName, "victim");
        File.WriteAllText(victim, "untouched");
        File.CreateSymbolicLink(Target, victim);

        MetricsFile.Create(Target).Write("metrics"u8);

        Assert.Equal("untouched", File.ReadAllText(victim));
        Assert.Null(new FileInfo(Target).LinkTarget);
    }

    [Fact]
    public void MissingDirectoryIsAnErrorBeforeTheStart() =>
        AssertRefused(
            Path.Combine(_directory.FullName, "no", "x.prom"), MetricsFileErrorKind.DirectoryMissing, "Make it first");

    [Fact]
    public void DirectoryIsNoFile()
    {
        AssertRefused(_directory.FullName, MetricsFileErrorKind.IsDirectory, "is a directory");
        AssertRefused(Target + "/", MetricsFileErrorKind.IsDirectory, "is a directory");
    }

    [Fact]
    public void EmptyPathIsNoFile() => AssertRefused(" ", MetricsFileErrorKind.InvalidPath, "no path");

    [Fact]
    public void DirectoryWithoutPermissionIsAnErrorBeforeTheStart() =>
        AssertRefused("/sys/tunstats.prom", MetricsFileErrorKind.NotWritable, "may not be written to");

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
            Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
        }

        Assert.Empty(_directory.EnumerateFileSystemInfos());
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
            "its directory is not there. It is tried again after each poll.", warning, StringComparison.Ordinal);
    }

    private static void AssertRefused(string path, MetricsFileErrorKind kind, string part)
    {
        MetricsFileException e = Assert.Throws<MetricsFileException>(() => MetricsFile.Create(path));
        Assert.Equal(kind, e.Kind);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }
}
