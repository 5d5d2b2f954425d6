using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Tests.Cli;
using TunStats.Tests.Fakes;
using TunStats.Tests.Live;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.IO;

/// <summary>A file has only complete lines, whatever happens to it.</summary>
public sealed class AppendedFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-append-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void LinesAreAppended()
    {
        string path = InFolder("a");
        File.WriteAllText(path, "first\n");
        using (AppendedFile file = AppendedFile.Open(path))
        {
            file.WriteLine("second\n"u8);
            Assert.Throws<ArgumentException>(() => file.WriteLine("half"u8));
            Assert.Throws<ArgumentException>(() => file.WriteLine(default));
        }

        Assert.Equal("first\nsecond\n", File.ReadAllText(path));
    }

    [Fact]
    public void LineThatAnotherLeftOpenIsEnded()
    {
        string path = InFolder("a");
        File.WriteAllText(path, "first\nhal");
        using AppendedFile file = AppendedFile.Open(path);
        file.WriteLine("second\n"u8);
        file.WriteLine("third\n"u8);
        Assert.Equal("first\nhal\nsecond\nthird\n", File.ReadAllText(path));
    }

    /// <summary>Two writers, and a third that cuts the file to nothing as logrotate's copytruncate does.</summary>
    [Fact]
    public async Task WritersTearNoLinesAndACutLeavesNoHole()
    {
        const int Lines = 3000;
        string path = InFolder("a");
        Task writers = Task.WhenAll("ab".Select(letter => Task.Run(() => Write(letter))));
        using (var cut = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
        {
            while (!writers.IsCompleted)
            {
                cut.SetLength(0);
                Thread.Yield();
            }
        }

        await writers;
        Write('c');
        string[] lines = File.ReadAllText(path).Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.True(lines.Length > Lines);
        Assert.All(lines[..^1], line => Assert.True(IsWhole(line), $"{line.Length} characters: {line}"));

        void Write(char letter)
        {
            using AppendedFile file = AppendedFile.Open(path);
            var random = new Random(letter);
            for (int i = 0; i < Lines; i++)
            {
                file.WriteLine(Encoding.ASCII.GetBytes($"<{new string(letter, random.Next(20_000))}>\n"));
            }
        }

        static bool IsWhole(string line) => line is ['<', .., '>'] && line[1..^1].Distinct().Count() <= 1
            && !line[1..^1].Contains('<');
    }

    [Fact]
    public void RenamedFileIsLeftForANewOneWhenItIsReopened()
    {
        string path = InFolder("a");
        using AppendedFile file = AppendedFile.Open(path);
        file.WriteLine("1\n"u8);
        File.Move(path, path + ".1");
        file.WriteLine("2\n"u8);
        file.Reopen();
        file.WriteLine("3\n"u8);
        Assert.Equal(("1\n2\n", "3\n"), (File.ReadAllText(path + ".1"), File.ReadAllText(path)));

        // Where nothing can be opened, the old file stays.
        File.Delete(path);
        Directory.CreateDirectory(path);
        Assert.Throws<AppendedFileException>(file.Reopen);
        file.WriteLine("4\n"u8);
    }

    [Fact]
    public void LinkToAFileOfItsOwnerIsFollowed()
    {
        File.WriteAllText(InFolder("target"), "1\n");
        foreach (string target in new[] { "target", "new" })
        {
            string link = InFolder($"link-to-{target}");
            File.CreateSymbolicLink(link, target);
            using AppendedFile file = AppendedFile.Open(link);
            file.WriteLine("2\n"u8);
        }

        Assert.Equal(("1\n2\n", "2\n"), (File.ReadAllText(InFolder("target")), File.ReadAllText(InFolder("new"))));
    }

    [LiveFact]
    public void LinkOfAnotherOwnerIsNotFollowed()
    {
        File.WriteAllText(InFolder("secret"), "1\n");
        foreach (string target in new[] { "secret", "new", "/dev/null" })
        {
            string link = InFolder($"link-to-{Path.GetFileName(target)}");
            File.CreateSymbolicLink(link, target);
            Run("chown", "-h", "65534", link);
        }

        AppendedFileException error = Refused(InFolder("link-to-secret"));
        Assert.Contains("file of another owner", error.Message, StringComparison.Ordinal);
        Refused(InFolder("link-to-new"));
        Assert.False(File.Exists(InFolder("new")));
        Assert.Equal("1\n", File.ReadAllText(InFolder("secret")));

        // A link to the null device harms nobody.
        AppendedFile.Open(InFolder("link-to-null")).Dispose();
    }

    [Fact]
    public void WhatIsNoRegularFileIsRefused()
    {
        Assert.Contains("is a directory", Refused(_folder.FullName).Message, StringComparison.Ordinal);
        Assert.Contains("there is no directory", Refused(InFolder("no/file")).Message, StringComparison.Ordinal);
        Assert.Contains("Leave the file out", Refused("/dev/stdout").Message, StringComparison.Ordinal);
        Assert.Contains("is a device", Refused("/dev/full").Message, StringComparison.Ordinal);
        Run("mkfifo", InFolder("fifo"));
        Assert.Contains("is a pipe", Refused(InFolder("fifo")).Message, StringComparison.Ordinal);
        File.CreateSymbolicLink(InFolder("loop"), "loop");
        Assert.Equal(Errno.ELOOP, Refused(InFolder("loop")).Errno);
        using AppendedFile nothing = AppendedFile.Open("/dev/null");
        nothing.WriteLine("gone\n"u8);
    }

    [Fact]
    public void WritingAllocatesNothing()
    {
        using AppendedFile file = AppendedFile.Open(InFolder("a"));
        Assert.Equal(0, Allocation.Least(() => file.WriteLine("line\n"u8)));
    }

    /// <summary>Eight KiB of disk, a line that half fits, and then room again.</summary>
    [LiveFact]
    public async Task FullDiskLeavesWholeLines()
    {
        string capture = InFolder("a.pcap");
        File.WriteAllBytes(capture, Pcap(101, [Udp("100.64.0.1:1000", "100.64.0.2:53", 72)]));
        string script = """
            mount -t tmpfs -o size=8k none "$1" && cd "$1"
            printf '{' > a; yes filler 2>/dev/null | head -c 8096 >> a; echo >> a
            dotnet "$2" netlog "$3" --local 100.64.0.1 --route 100.64.0.2 --out a
            echo "code $?"; tail -c 20 a; truncate -s 0 a
            dotnet "$2" netlog "$3" --local 100.64.0.1 --route 100.64.0.2 --out a
            echo "code $?"; cat a
            """;
        string mount = _folder.CreateSubdirectory("mount").FullName;
        using ConsoleProgram program = ConsoleProgram.Start(
            "unshare", "-m", "sh", "-c", script, "sh", mount, ConsoleProgram.FindProgram(), capture);
        string output = await program.Output.ReadToEndAsync();
        Assert.StartsWith("code 3\n", output, StringComparison.Ordinal);
        Assert.Contains("filler\nfill\ncode 0\n{\"logger\":", output, StringComparison.Ordinal);
        string error = await program.ErrorAsync();
        Assert.Equal(
            "tunstats: warning: file a: A line could not be appended to 'a': No space left on device. The partial line "
            + "was removed. Free some space. It is retried as long as the logger runs.\n"
            + "tunstats: warning: file a: 1 message was not delivered.",
            error.TrimEnd());
    }

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);

    private static AppendedFileException Refused(string path) =>
        Assert.Throws<AppendedFileException>(() => AppendedFile.Open(path));

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
