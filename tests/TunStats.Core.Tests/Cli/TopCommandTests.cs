using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using TunStats.Lab;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary><c>tunstats top</c> as users see it, in a terminal that tmux makes.</summary>
public sealed class TopCommandTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-top-");

    private string Socket => Path.Combine(_folder.FullName, "tmux");

    private int ProcessId =>
        int.Parse(File.ReadAllText($"{_folder.FullName}/pid"), CultureInfo.InvariantCulture);

    public void Dispose()
    {
        if (File.Exists(Socket))
        {
            Tmux("kill-server");
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task RedirectedOutputIsRefusedWithASentence()
    {
        using var program = new ConsoleProgram("top", "lo");
        (int code, string output, string error) = await program.EndAsync();
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("needs a terminal, and standard output is redirected", error, StringComparison.Ordinal);
    }

    [ToolFact("script")]
    public async Task TerminalThatCannotPlaceTextIsRefused()
    {
        using var program = ConsoleProgram.Start(
            "script",
            "--quiet",
            "--return",
            "--command",
            $"TERM=dumb dotnet {ConsoleProgram.FindProgram()} top lo",
            "/dev/null");
        (int code, string output, _) = await program.EndAsync();
        Assert.Equal(1, code);
        Assert.Matches("needs a terminal, and this one cannot place text: TERM is 'dumb'", output);
        Assert.DoesNotContain('\u001b', output);
    }

    [ToolFact("tmux")]
    public async Task ScreenFollowsTheSizeAndTheTerminalIsLeftAsItWas()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        StartShell();
        string before = await ModesAsync("before");

        Type($"dotnet {ConsoleProgram.FindProgram()} top tun0 --netns {space.Path}; echo ended with $?");
        await SeeAsync("q quit", () => { });
        await SeeAsync("UDP    100.64.0.1:", () => space.Run(() => tunnel.Send(1000)));
        await SeeAsync("Drop!", () => space.Run(() => tunnel.Send(1000)));
        Type("g", isLine: false);
        await SeeAsync("▼Rate      Total", () => { });
        Tmux("resize-window", "-t", "top", "-x", "200", "-y", "60");
        await SeeAsync(new string(' ', 100) + "Conns", () => { });
        Type("q", isLine: false);
        await SeeAsync("ended with 0", () => { });
        Assert.DoesNotContain("q quit", Tmux("capture-pane", "-p", "-t", "top"), StringComparison.Ordinal);
        Assert.Equal(before, await ModesAsync("after"));
    }

    [ToolFact("tmux")]
    public async Task SignalsEndItAndTheTerminalIsLeftAsItWas()
    {
        StartShell();
        string before = await ModesAsync("before");
        foreach (string key in (string[])["C-c", "TERM"])
        {
            Type($"dotnet {ConsoleProgram.FindProgram()} top lo & echo $! > {_folder.FullName}/pid; fg; echo is $?");
            await SeeAsync("q quit", () => { });
            if (key == "C-c")
            {
                Tmux("send-keys", "-t", "top", key);
            }
            else
            {
                ConsoleProgram.Signal(key, ProcessId);
            }

            await SeeAsync("is 0", () => { });
            Type("clear");
            Assert.Equal(before, await ModesAsync(key));
        }
    }

    [ToolFact("tmux")]
    public async Task LostTerminalEndsIt()
    {
        StartShell();
        Type($"dotnet {ConsoleProgram.FindProgram()} top lo & echo $! > {_folder.FullName}/pid; fg");
        await SeeAsync("q quit", () => { });
        using var program = Process.GetProcessById(ProcessId);
        Tmux("kill-server");
        Assert.True(program.WaitForExit(Patience));
    }

    private void StartShell() => Tmux(
        "-f", "/dev/null", "new-session", "-d", "-s", "top", "-x", "80", "-y", "24",
        "env LANG=C.UTF-8 NO_COLOR=1 PS1='$ ' bash --norc --noprofile");

    /// <summary>The modes of the terminal, as stty has them.</summary>
    private async Task<string> ModesAsync(string name)
    {
        string file = Path.Combine(_folder.FullName, name);
        Type($"stty -g > {file}.part; mv {file}.part {file}");
        await WaitAsync(() => File.Exists(file), () => $"stty wrote no {name}");
        return File.ReadAllText(file);
    }

    private void Type(string keys, bool isLine = true) =>
        Tmux(["send-keys", "-t", "top", keys, .. isLine ? (string[])["Enter"] : []]);

    private Task SeeAsync(string text, Action meanwhile) => WaitAsync(
        () =>
        {
            meanwhile();
            return Tmux("capture-pane", "-p", "-t", "top").Contains(text, StringComparison.Ordinal);
        },
        () => $"The screen never had '{text}':\n{Tmux("capture-pane", "-p", "-t", "top")}");

    private static async Task WaitAsync(Func<bool> condition, Func<string> otherwise)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Patience, watch.Elapsed < Patience ? "" : otherwise());
            await Task.Delay(50);
        }
    }

    private string Tmux(params string[] arguments)
    {
        var start = new ProcessStartInfo("tmux", ["-S", Socket, "-u", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process tmux = Process.Start(start)!;
        string output = tmux.StandardOutput.ReadToEnd();
        tmux.WaitForExit();
        return output;
    }
}
