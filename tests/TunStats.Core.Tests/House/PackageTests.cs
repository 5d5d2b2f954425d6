using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace TunStats.Tests.House;

/// <summary>
/// build.sh where there is no PowerShell: a copy of the repository's files, and a PATH with the tools that it may use.
/// A stand-in for dotnet leaves the files that a build makes, because the build itself takes minutes.
/// </summary>
public sealed class PackageTests : IDisposable
{
    private const string Dotnet = """
        #!/bin/sh
        case "$1" in
            tool) exit 1 ;;
            build)
                mkdir -p artifacts/bin/TunStats.PowerShell/release
                cd artifacts/bin/TunStats.PowerShell/release
                echo module > TunStats.PowerShell.dll && echo core > TunStats.Core.dll ;;
            publish) mkdir -p out/tunstats && echo program > out/tunstats/tunstats ;;
            *) exec "$REAL_DOTNET" "$@" ;;
        esac
        """;

    private static readonly string[] Texts = ["TunStats.psd1", "LICENSE", "CHANGELOG.md", "README.md"];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-package-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task PackageNeedsNoPowerShell()
    {
        string tools = Directory.CreateDirectory(Path.Combine(_directory.FullName, "tools")).FullName;
        foreach (string tool in (string[])["bash", "sed", "cp", "mkdir", "rm", "uname", "dirname"])
        {
            File.CreateSymbolicLink(Path.Combine(tools, tool), Find(tool));
        }

        string dotnet = Path.Combine(tools, "dotnet");
        File.WriteAllText(dotnet, Dotnet);
        File.SetUnixFileMode(dotnet, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(tools, "sh"), Find("sh"));
        string root = HouseTests.Root;
        string copy = Directory.CreateDirectory(Path.Combine(_directory.FullName, "copy")).FullName;
        Directory.CreateDirectory(Path.Combine(copy, "src", "TunStats.PowerShell"));
        IEnumerable<string> views = Directory
            .EnumerateFiles(Path.Combine(root, "src", "TunStats.PowerShell"), "*.ps1xml")
            .Select(f => Path.GetRelativePath(root, f));
        Directory.CreateDirectory(Path.Combine(copy, "build"));
        CopyUnits(root, copy);
        string bin = Directory.CreateDirectory(Path.Combine(copy, "artifacts", "bin")).FullName;
        foreach (string project in (string[])["TunStats.Packager", "TunStats.Cli"])
        {
            File.CreateSymbolicLink(Path.Combine(bin, project), Path.Combine(root, "artifacts", "bin", project));
        }

        foreach (string file in (string[])["build.sh", "build/package.sh", .. Texts, .. views])
        {
            File.Copy(Path.Combine(root, file), Path.Combine(copy, file));
        }

        (int code, string error) = await RunAsync(copy, tools, "build.sh", "package");

        Assert.True(code == 0, error);
        Assert.Contains("no help files", error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(copy, "out", "tunstats", "tunstats")));
        string packages = Path.Combine(copy, "out", "packages");
        Assert.Single(Directory.EnumerateFiles(packages, "tunstats_*.deb"));
        string archive = Assert.Single(Directory.EnumerateFiles(packages, "TunStats.*.nupkg"));
        using ZipArchive zip = ZipFile.OpenRead(archive);
        string[] packed = [.. zip.Entries.Select(e => e.FullName)];
        foreach (string name in (string[])["TunStats.nuspec", "TunStats.psd1", "TunStats.Core.dll"])
        {
            Assert.Contains(name, packed);
        }

        // What needs PowerShell says so.
        (code, error) = await RunAsync(copy, tools, "build.sh", "Docs");
        Assert.Equal(1, code);
        Assert.Contains("the task 'Docs' needs PowerShell", error, StringComparison.Ordinal);
    }

    private static void CopyUnits(string root, string copy)
    {
        string examples = Path.Combine(root, "docs", "examples");
        string target = Directory.CreateDirectory(Path.Combine(copy, "docs", "examples")).FullName;
        foreach (string unit in Directory.EnumerateFiles(examples, "*.service"))
        {
            File.Copy(unit, Path.Combine(target, Path.GetFileName(unit)));
        }
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(
        string folder, string path, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(path, "bash"), arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = path;
        start.Environment["REAL_DOTNET"] = Find("dotnet");
        start.Environment["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        start.Environment["SOURCE_DATE_EPOCH"] = "1700000000";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return (process.ExitCode, error);
    }

    private static string Find(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, tool)).First(File.Exists);
}
