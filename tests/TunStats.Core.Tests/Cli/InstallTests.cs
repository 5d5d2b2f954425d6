using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using TunStats.Tests.House;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>The packages of the native program: the same bytes each time, clean, and gone without a trace.</summary>
[Collection(NativeTests.Name)]
public sealed class InstallTests(NativeProgram native) : IDisposable
{
    // A copy of the machine's files whose changes lie in memory, seen by this script alone.
    private const string Installation = """
        set -e
        mount -t tmpfs scratch "$1"
        mkdir "$1/upper" "$1/work" "$1/root"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
        mount --bind /proc "$1/root/proc"
        mount -t tmpfs deb "$1/root/mnt"
        cp "$2" "$1/root/mnt/tunstats.deb"
        chroot "$1/root" sh -c '
            set -e
            export DEBIAN_FRONTEND=noninteractive LC_ALL=C
            dpkg -i /mnt/tunstats.deb
            id tunstats
            setpriv --reuid=tunstats --regid=tunstats --clear-groups tunstats stats lo
            test -f /usr/share/man/man1/tunstats.1.gz
            bash -c "source /usr/share/bash-completion/completions/tunstats; complete -p tunstats"
            mkdir -p /var/log/tunstats
            dpkg --purge tunstats
            ! id tunstats 2>/dev/null
            ! test -e /usr/bin/tunstats
            ! test -e /var/log/tunstats
            ! test -e /usr/share/doc/tunstats
            echo PURGED'
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-install-");

    public void Dispose() => _directory.Delete(recursive: true);

    [NativeFact("sha256sum")]
    public void PackingTwiceGivesTheSameBytes()
    {
        string first = Pack("first");
        string second = Pack("second");
        string[] names = [.. Directory.EnumerateFiles(first).Select(f => Path.GetFileName(f)!)];
        Assert.Contains(names, n => n.EndsWith(".deb", StringComparison.Ordinal));
        Assert.Contains(names, n => n.EndsWith(".tar.gz", StringComparison.Ordinal));
        Assert.Contains(names, n => n.EndsWith(".cdx.json", StringComparison.Ordinal));
        Assert.All(names, n => Assert.Equal(
            File.ReadAllBytes(Path.Combine(first, n)), File.ReadAllBytes(Path.Combine(second, n))));
        Run("sh", "-c", "cd \"$0\" && sha256sum --check --strict --quiet SHA256SUMS", first);
    }

    [NativeFact("lintian")]
    public void LintianFindsNothing()
    {
        string report = Run("lintian", "--allow-root", "--fail-on", "error,warning", Debian(Pack("packages")));
        Assert.DoesNotMatch("(?m)^[EW]:", report);
    }

    [NativeFact("dpkg", "adduser", "setpriv", "mount", "chroot")]
    public void DebianPackageInstallsRunsAsItsUserAndIsPurged()
    {
        string scratch = _directory.CreateSubdirectory("scratch").FullName;
        (int code, string output, string error) = NativeProgram.Start(
            "unshare", ["--mount", "sh", "-c", Installation, "sh", scratch, Debian(Pack("packages"))]);
        Assert.True(code == 0, $"exit code {code}: {output}{error}");
        Assert.Contains("PURGED", output, StringComparison.Ordinal);
        Assert.Matches("(?m)^lo ", output);
    }

    private static string Debian(string folder) => Directory.EnumerateFiles(folder, "*.deb").Single();

    private string Pack(string name)
    {
        string output = Path.Combine(_directory.FullName, name);
        string bin = Path.Combine(HouseTests.Root, "artifacts", "bin");
        Run(
            "env", "SOURCE_DATE_EPOCH=1700000000", "dotnet",
            Path.Combine(bin, "TunStats.Packager", "release", "TunStats.Packager.dll"), HouseTests.Root, output,
            native.Path, $"{Architecture}={native.Path}");
        return output;
    }

    private static string Architecture =>
        RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    private static string Run(string file, params string[] arguments)
    {
        (int code, string output, string error) = NativeProgram.Start(file, arguments);
        Assert.True(code == 0, $"{file}: exit code {code}: {output}{error}");
        return output;
    }
}
