using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using TunStats.Links;
using Xunit;

namespace TunStats.Tests.House;

/// <summary>The rules of the house that no compiler checks.</summary>
public sealed partial class HouseTests
{
    private static readonly string[] Rooms =
    [
        "Interop", "IO", "Net", "Netlink", "Links", "Routes", "Metrics", "Polling", "Flows", "Capture", "Conntrack",
        "Processes", "Classes", "Peers", "Sessions", "NetLog", "Export", "Logging", "Views",
    ];

    internal static readonly string Root = FindRoot();

    private static string Core => Path.Combine(Root, "src/TunStats.Core");

    [Fact]
    public void RoomUsesOnlyRoomsAboveIt() =>
        Assert.Empty(Breaches(typeof(LinkClient).Assembly.GetTypes(), "TunStats", Rooms));

    [Fact]
    public void BreachesOfTheOrderAreFound() => Assert.Equal(
        ["Lambda uses Tool", "PartlyQualified uses Tool", "TypeArgument uses Nothing"],
        Breaches(typeof(HouseTests).Assembly.GetTypes(), "TunStats.Tests.House.Breach", "Upper", "Lower"));

    [Fact]
    public void EveryFolderOfTheCoreIsARoom()
    {
        string[] folders = [.. Directory.GetDirectories(Core).Select(d => Path.GetFileName(d)!)];
        Assert.Empty(folders.Except(Rooms));
    }

    [Fact]
    public void OnlyInteropCallsOutOfTheRuntime()
    {
        string[] offences = [.. typeof(LinkClient).Assembly.GetTypes()
            .Where(t => RoomOf(t, "TunStats") != "Interop")
            .SelectMany(t => t.GetMethods(TypeReferences.Declared))
            .Where(m => m.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
            .Select(m => $"{m.DeclaringType}.{m.Name}")];
        Assert.Empty(offences);
        Assert.Empty(CodeOf(Path.Combine(Root, "src"))
            .Where(f => !f.Path.Contains("/TunStats.Core/", StringComparison.Ordinal))
            .Where(f => f.Text.Contains("Import(\"", StringComparison.Ordinal))
            .Select(f => f.Path));
    }

    [Fact]
    public void CoreAndModuleKeepAwayFromTheConsole()
    {
        string[] offences = [.. CodeOf(Core).Concat(CodeOf(Path.Combine(Root, "src/TunStats.PowerShell")))
            .Where(f => ConsoleUse().IsMatch(f.Text))
            .Select(f => f.Path)];
        Assert.Empty(offences);
    }

    [Fact]
    public void CoreNeedsTheFrameworkAlone()
    {
        string[] references = [.. typeof(LinkClient).Assembly.GetReferencedAssemblies().Select(a => a.Name!)];
        Assert.All(references, r => Assert.StartsWith("System.", r, StringComparison.Ordinal));
    }

    [Fact]
    public void NoStaticStateChanges()
    {
        string[] offences = [.. typeof(LinkClient).Assembly.GetTypes()
            .Where(t => t.Namespace?.StartsWith("TunStats", StringComparison.Ordinal) == true)
            .Where(t => !t.IsDefined(typeof(CompilerGeneratedAttribute)))
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(f => !f.IsInitOnly && !f.IsLiteral && !f.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Select(f => $"{f.DeclaringType}.{f.Name}")];
        Assert.Empty(offences);
    }

    [Fact]
    public void TextFilesHaveUnixLinesOfAtMost120Columns()
    {
        string[] kinds = [".cs", ".ps1", ".psd1", ".sh", ".c", ".csproj", ".props"];
        List<string> offences = [];
        foreach (string path in Files(Root).Where(p => kinds.Contains(Path.GetExtension(p))))
        {
            string text = File.ReadAllText(path);
            int line = 1;
            foreach (string content in text.Split('\n'))
            {
                if (content.Length > 120 || (content.Length > 0 && char.IsWhiteSpace(content[^1])))
                {
                    offences.Add($"{path}:{line}");
                }

                line++;
            }
        }

        Assert.Empty(offences);
    }

    [Fact]
    public void VersionIsTheSameEverywhere()
    {
        string properties = File.ReadAllText(Path.Combine(Root, "Directory.Build.props"));
        string version = Regex.Match(properties, "<Version>(.*)</Version>").Groups[1].Value;
        string manifest = File.ReadAllText(Path.Combine(Root, "TunStats.psd1"));
        Assert.Contains($"ModuleVersion        = '{version}'", manifest, StringComparison.Ordinal);
        string changelog = File.ReadAllText(Path.Combine(Root, "CHANGELOG.md"));
        Assert.Contains($"## {version}", changelog, StringComparison.Ordinal);
    }

    /// <summary>Every use of a type of a room by a type of a room above it.</summary>
    private static string[] Breaches(IEnumerable<Type> types, string prefix, params string[] rooms) => [..
        from type in types
        let own = Array.IndexOf(rooms, RoomOf(type, prefix))
        where own >= 0
        from used in TypeReferences.Of(type)
        where Array.IndexOf(rooms, RoomOf(used, prefix)) > own
        select $"{OutermostOf(type).Name} uses {OutermostOf(used).Name}" into breach
        group breach by breach into same
        orderby same.Key
        select same.Key];

    private static string? RoomOf(Type type, string prefix) =>
        OutermostOf(type).Namespace is { } space && space.StartsWith(prefix + ".", StringComparison.Ordinal)
            ? space[(prefix.Length + 1)..].Split('.')[0]
            : null;

    private static Type OutermostOf(Type type) => type.DeclaringType is { } outer ? OutermostOf(outer) : type;

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TunStats.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    private static IEnumerable<(string Path, string Text)> CodeOf(string folder) =>
        Files(folder).Where(p => p.EndsWith(".cs", StringComparison.Ordinal)).Select(p => (p, File.ReadAllText(p)));

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(p => !p[Root.Length..].Split('/').Any(s => s is "artifacts" or "out" or ".git" or "obj" or "bin"));

    [GeneratedRegex(@"(?<![\w.])(System\.)?Console\.")]
    private static partial Regex ConsoleUse();
}
