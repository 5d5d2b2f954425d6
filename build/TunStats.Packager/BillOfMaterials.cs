using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TunStats.Packager;

/// <summary>The bill of materials: the packages with their sums, and what is linked into them; CycloneDX 1.5.</summary>
internal static class BillOfMaterials
{
    internal static string Make(
        string root, ModuleManifest manifest, IReadOnlyDictionary<string, byte[]> packages, DateTimeOffset time)
    {
        var components = new JsonArray();
        foreach ((string name, byte[] content) in packages)
        {
            components.Add(new JsonObject
            {
                ["type"] = "file",
                ["name"] = name,
                ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-256", ["content"] = Sum(content) }),
            });
        }

        foreach ((string name, string version, string licence) in Compiled(root))
        {
            components.Add(new JsonObject
            {
                ["type"] = "library",
                ["name"] = name,
                ["version"] = version,
                ["licenses"] = Licence(licence),
                ["description"] = "Linked into the native program.",
            });
        }

        string sums = string.Concat(packages.Values.Select(Sum));
        var id = new Guid(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(sums))[..16]);
        var bill = new JsonObject
        {
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.5",
            ["serialNumber"] = $"urn:uuid:{id}",
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["timestamp"] = time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                ["component"] = new JsonObject
                {
                    ["type"] = "application",
                    ["name"] = "TunStats",
                    ["version"] = manifest.Version,
                    ["licenses"] = Licence("BSD-3-Clause"),
                },
            },
            ["components"] = components,
        };
        return bill.ToJsonString(new() { WriteIndented = true }) + "\n";
    }

    internal static string Sum(byte[] content) => Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant();

    private static IEnumerable<(string Name, string Version, string Licence)> Compiled(string root)
    {
        string assets = Path.Combine(root, "artifacts", "obj", "TunStats.Cli", "project.assets.json");
        Match compiler = Regex.Match(
            File.Exists(assets) ? File.ReadAllText(assets) : "",
            @"""[^""]*ILCompiler/([\d.]+)""",
            RegexOptions.IgnoreCase);
        if (compiler.Success)
        {
            yield return (".NET native runtime", compiler.Groups[1].Value, "MIT");
        }

        Match zlib = Regex.Match(
            File.Exists("/usr/include/zlib.h") ? File.ReadAllText("/usr/include/zlib.h") : "",
            @"#define ZLIB_VERSION ""([^""]*)""");
        if (zlib.Success)
        {
            yield return ("zlib", zlib.Groups[1].Value, "Zlib");
        }
    }

    private static JsonArray Licence(string id) =>
        new(new JsonObject { ["license"] = new JsonObject { ["id"] = id } });
}
