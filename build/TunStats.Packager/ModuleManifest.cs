using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace TunStats.Packager;

/// <summary>What the packages need of TunStats.psd1.</summary>
internal sealed class ModuleManifest(string path)
{
    private readonly string _text = File.ReadAllText(path);

    internal string Version => Value("ModuleVersion");

    /// <summary>The value of a key that has one.</summary>
    internal string Value(string key) => Match(key, "'([^']*)'").Groups[1].Value;

    /// <summary>The values of a key that has a list.</summary>
    internal string[] Values(string key) =>
        [.. Regex.Matches(Match(key, @"@\(([^)]*)\)").Groups[1].Value, "'([^']*)'").Select(m => m.Groups[1].Value)];

    private Match Match(string key, string value)
    {
        Match match = Regex.Match(_text, $@"(?m)^\s*{key}\s*=\s*{value}");
        return match.Success ? match : throw new InvalidDataException($"{path} has no {key}.");
    }
}
