using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace TunStats.Packager;

/// <summary>
/// <c>TunStats.Packager ROOT OUT PAGES [ARCHITECTURE=PROGRAM…]</c>: packs the module, where the build laid
/// it out in ROOT/out/TunStats, and native programs, with a bill of materials and sums. PAGES is a tunstats that
/// can be run here. All times are SOURCE_DATE_EPOCH, so that the same input gives the same bytes.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        string? epoch = Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH");
        if (arguments.Length < 3
            || !long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds))
        {
            Console.Error.WriteLine(
                "usage: SOURCE_DATE_EPOCH=SECONDS TunStats.Packager ROOT OUT PAGES [x64=PROGRAM] [arm64=PROGRAM]");
            return 2;
        }

        (string root, string output, string pages) = (arguments[0], arguments[1], arguments[2]);
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        var manifest = new ModuleManifest(Path.Combine(root, "TunStats.psd1"));
        var packages = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        string module = Path.Combine(root, "out", "TunStats", manifest.Version);
        if (Directory.Exists(module))
        {
            packages[$"TunStats.{manifest.Version}.nupkg"] = ModulePackage.Make(module, manifest, time);
        }

        foreach (string[] pair in arguments.Skip(3).Select(a => a.Split('=', 2)))
        {
            byte[] program = File.ReadAllBytes(pair[1]);
            string name = $"tunstats-{manifest.Version}-linux-{pair[0]}";
            string architecture = pair[0] == "x64" ? "amd64" : pair[0];
            var package = new ProgramPackage(root, pages, manifest, time);
            packages[$"{name}.tar.gz"] = package.Tar(program, name);
            packages[$"tunstats_{manifest.Version}-1_{architecture}.deb"] = package.Debian(program, architecture);
        }

        string bill = BillOfMaterials.Make(root, manifest, packages, time);
        packages[$"tunstats-{manifest.Version}.cdx.json"] = PackedFile.Text("", bill).Content;
        packages["SHA256SUMS"] = PackedFile.Text(
            "", string.Concat(packages.Select(p => $"{BillOfMaterials.Sum(p.Value)}  {p.Key}\n"))).Content;
        Directory.CreateDirectory(output);
        foreach ((string name, byte[] content) in packages)
        {
            string path = Path.Combine(output, name);
            File.WriteAllBytes(path, content);
            Console.WriteLine($"{content.Length,10}  {path}");
        }

        return 0;
    }
}
