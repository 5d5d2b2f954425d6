using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace TunStats.Packager;

/// <summary>What goes with the native program: manual page, completion, units, texts.</summary>
internal sealed class ProgramPackage(string root, string pages, ModuleManifest manifest, DateTimeOffset time)
{
    private readonly string _manual = Run(pages, "--man");
    private readonly string _bash = Run(pages, "--completion", "bash");
    private readonly string _zsh = Run(pages, "--completion", "zsh");
    private readonly string _fish = Run(pages, "--completion", "fish");

    /// <summary>The archive for any distribution, for /usr/local.</summary>
    internal byte[] Tar(byte[] program, string name)
    {
        List<PackedFile> files =
        [
            new("tunstats", program, IsProgram: true), PackedFile.Text("share/man/man1/tunstats.1", _manual),
            PackedFile.Text("share/bash-completion/completions/tunstats", _bash),
            PackedFile.Text("share/zsh/site-functions/_tunstats", _zsh),
            PackedFile.Text("share/fish/vendor_completions.d/tunstats.fish", _fish),
            .. Examples("systemd", file => true),
        ];
        foreach (string text in (string[])["LICENSE", "README.md", "CHANGELOG.md"])
        {
            files.Add(new PackedFile(text, File.ReadAllBytes(Path.Combine(root, text))));
        }

        return Archives.Tar(files, $"{name}/", time);
    }

    /// <summary>The package for Debian and its kin.</summary>
    internal byte[] Debian(byte[] program, string architecture)
    {
        List<PackedFile> files =
        [
            new("usr/bin/tunstats", program, IsProgram: true),
            PackedFile.Compressed("usr/share/man/man1/tunstats.1.gz", _manual),
            PackedFile.Text("usr/share/bash-completion/completions/tunstats", _bash),
            PackedFile.Text("usr/share/zsh/vendor-completions/_tunstats", _zsh),
            PackedFile.Text("usr/share/fish/vendor_completions.d/tunstats.fish", _fish),
            .. Examples("lib/systemd/system", IsUnit).Select(Installed),
            .. Examples("usr/share/doc/tunstats/examples", file => !IsUnit(file)).Select(Installed),
            PackedFile.Compressed(
                "usr/share/doc/tunstats/changelog.gz", File.ReadAllText(Path.Combine(root, "CHANGELOG.md"))),
        ];
        return DebianPackage.Make(files, architecture, manifest, File.ReadAllText(Path.Combine(root, "LICENSE")), time);
    }

    private static bool IsUnit(string path) => path.EndsWith(".service", StringComparison.Ordinal);

    private IEnumerable<PackedFile> Examples(string folder, Func<string, bool> isWanted)
    {
        string examples = Path.Combine(root, "docs", "examples");
        return Directory.EnumerateFiles(examples, "*", SearchOption.AllDirectories)
            .Where(f => f.Contains(".service", StringComparison.Ordinal) && isWanted(f))
            .Select(f => new PackedFile($"{folder}/{Path.GetRelativePath(examples, f)}", File.ReadAllBytes(f)));
    }

    // The package has the program in /usr/bin, and a user that stays while the package is installed.
    private static PackedFile Installed(PackedFile unit) => PackedFile.Text(
        unit.Path,
        System.Text.Encoding.UTF8.GetString(unit.Content)
            .Replace("/usr/local/bin/", "/usr/bin/", StringComparison.Ordinal)
            .Replace("DynamicUser=yes\n", "User=tunstats\nGroup=tunstats\n", StringComparison.Ordinal));

    private static string Run(string program, params string[] arguments)
    {
        bool isAssembly = program.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(
            isAssembly ? "dotnet" : program, isAssembly ? [program, .. arguments] : arguments)
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidDataException($"{program} writes no {arguments[^1]}.");
    }
}
