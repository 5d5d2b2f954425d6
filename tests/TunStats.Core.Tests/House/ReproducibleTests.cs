using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using TunStats.Links;
using TunStats.Tests.Cli;
using Xunit;

namespace TunStats.Tests.House;

/// <summary>
/// The same sources give the same bytes wherever they lie. This is for the module's assemblies; the native program and
/// the packages, whose builds take minutes, are compared by <c>./build.sh package --check</c>.
/// </summary>
public sealed class ReproducibleTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-a-folder-elsewhere-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void AnotherFolderGivesTheSameAssemblies()
    {
        foreach (string path in Sources())
        {
            string copy = Path.Combine(_folder.FullName, Path.GetRelativePath(HouseTests.Root, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }

        // The copy has no history to take the commit from.
        string version = typeof(LinkClient).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        (int code, string output, string error) = NativeProgram.Start(
            "dotnet",
            [
                "build", $"{_folder.FullName}/src/TunStats.PowerShell", "-c", "Release", "-v", "quiet",
                $"-p:SourceRevisionId={version.Split('+').ElementAtOrDefault(1)}",
            ]);
        Assert.True(code == 0, output + error);
        foreach (string name in (string[])["TunStats.Core.dll", "TunStats.PowerShell.dll"])
        {
            string built = $"artifacts/bin/TunStats.PowerShell/release/{name}";
            Assert.True(
                File.ReadAllBytes($"{HouseTests.Root}/{built}").AsSpan()
                    .SequenceEqual(File.ReadAllBytes($"{_folder.FullName}/{built}")),
                $"{name} differs.");
        }
    }

    private static IEnumerable<string> Sources() =>
    [
        .. Directory.EnumerateFiles(HouseTests.Root).Where(path => !path.EndsWith(".slnx", StringComparison.Ordinal)),
        .. Directory.EnumerateFiles($"{HouseTests.Root}/src", "*", SearchOption.AllDirectories),
        .. Directory.EnumerateFiles($"{HouseTests.Root}/build", "*", SearchOption.AllDirectories),
    ];
}
