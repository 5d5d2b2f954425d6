using System;
using System.IO;
using System.Threading.Tasks;
using TunStats.Tests.Cli;
using TunStats.Tests.Live;
using Xunit;

namespace TunStats.Tests.House;

/// <summary>The demo that <c>./build.sh</c> shows without PowerShell, for users with few rights.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-demo-");

    public DemoTests()
    {
        Directory.CreateDirectory($"{_folder.FullName}/artifacts");
        Directory.CreateSymbolicLink($"{_folder.FullName}/artifacts/bin", $"{HouseTests.Root}/artifacts/bin");
        Directory.CreateDirectory($"{_folder.FullName}/tests");
        File.Copy($"{HouseTests.Root}/tests/demo.sh", $"{_folder.FullName}/tests/demo.sh");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Root without the namespaces that the machine may not give: a container does it so.</summary>
    [Fact]
    public async Task WithoutNamespacesItSaysWhatIsMissingAndShowsTheLinks()
    {
        string tools = Directory.CreateDirectory($"{_folder.FullName}/tools").FullName;
        const string Unshare = "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n";
        File.WriteAllText($"{tools}/unshare", Unshare);
        File.SetUnixFileMode($"{tools}/unshare", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (int code, string output) = await RunAsync("env", $"PATH={tools}:{Environment.GetEnvironmentVariable("PATH")}");
        Assert.Equal(0, code);
        Assert.Contains("unshare failed: Operation not permitted\n", output, StringComparison.Ordinal);
        Assert.Contains("It takes root, or user namespaces", output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^lo +loopback ", output);
    }

    /// <summary>A user without any right, where anyone may open /dev/net/tun, as most distributions have it.</summary>
    [OrdinaryUserFact]
    public async Task OrdinaryUserSeesTheWholeStory()
    {
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)Convert.ToInt32("755", 8));
        File.SetUnixFileMode($"{_folder.FullName}/artifacts", (UnixFileMode)Convert.ToInt32("777", 8));
        const string Mount = """
            mount -t tmpfs tmpfs "$0/tools" && mknod -m 666 "$0/tools/tun" c 10 200 &&
                mount --bind "$0/tools/tun" /dev/net/tun && exec "$@"
            """;
        Directory.CreateDirectory($"{_folder.FullName}/tools");
        (int code, string output) = await RunAsync(
            "unshare", ["--mount", "sh", "-c", Mount, _folder.FullName, .. OrdinaryUserFactAttribute.User]);
        Assert.True(code == 0, output);
        Assert.Contains("$ tunstats stats tailscale0 --rate 1s", output, StringComparison.Ordinal);
        Assert.Matches(@"UDP +100\.64\.0\.1:\d+ +100\.64\.0\.2:5001 ", output);
        Assert.Contains("The report is ", output, StringComparison.Ordinal);
        Assert.True(File.Exists($"{_folder.FullName}/artifacts/demo-report.html"));
    }

    private async Task<(int Code, string Output)> RunAsync(string first, params string[] more)
    {
        using var demo = ConsoleProgram.Start(first, [.. more, "bash", $"{_folder.FullName}/tests/demo.sh"]);
        (int code, string output, string error) = await demo.EndAsync();
        return (code, output + error);
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class OrdinaryUserFactAttribute : FactAttribute
    {
        internal static readonly string[] User =
        [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "env", "HOME=/tmp",
        ];

        public OrdinaryUserFactAttribute() =>
            Skip = LiveFactAttribute.Reason ?? new UserSwitchFactAttribute().Skip ?? (MayUserDoIt()
                ? null
                : "An ordinary user may not make a network namespace or use dotnet here.");

        private static bool MayUserDoIt() => NativeProgram
            .Start(User[0], [.. User[1..], "unshare", "--map-root-user", "--net", "dotnet", "--version"]).ExitCode == 0;
    }
}
