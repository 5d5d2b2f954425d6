using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TunStats.Net;

namespace TunStats.Routes;

/// <summary>
/// Reads routes from text or JSON. Text has a prefix or an address per line, optionally after <c>local</c>,
/// <c>route</c> or <c>subnet</c> in any case; <c>#</c> begins a comment. JSON is an object with any of
/// <c>localAddrs</c>, <c>routes</c> and <c>subnetRoutes</c>, each a list of prefixes or addresses, or a list of routes
/// only.
/// </summary>
internal static class RouteFile
{
    /// <summary>The maximum length of a file in bytes: far more than any routing table in use.</summary>
    public const int MaxLength = 64 << 20;

    /// <summary>Reads routes.</summary>
    /// <param name="utf8Text">The file's bytes; a byte order mark is skipped.</param>
    /// <param name="source">Its name in errors and origins.</param>
    /// <exception cref="RouteFormatException">It is not valid; the message says which line and why.</exception>
    public static IReadOnlyList<FlowRoute> Parse(ReadOnlySpan<byte> utf8Text, string source)
    {
        if (utf8Text.Length > MaxLength)
        {
            throw new RouteFormatException(
                $"{source}: a route file of {utf8Text.Length} bytes is too long; the limit is {MaxLength}.");
        }

        if (utf8Text.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8Text = utf8Text[Encoding.UTF8.Preamble.Length..];
        }

        ReadOnlySpan<byte> start = utf8Text.TrimStart(" \t\r\n"u8);
        bool json = !start.IsEmpty && start[0] is (byte)'{' or (byte)'[';
        return json ? ParseJson(utf8Text, source) : ParseText(Encoding.UTF8.GetString(utf8Text), source);
    }

    private static List<FlowRoute> ParseText(string text, string source)
    {
        List<FlowRoute> routes = [];
        long number = 0;
        foreach (ReadOnlySpan<char> whole in text.AsSpan().EnumerateLines())
        {
            number++;
            int comment = whole.IndexOf('#');
            ReadOnlySpan<char> line = (comment < 0 ? whole : whole[..comment]).Trim();
            if (line.IsEmpty)
            {
                continue;
            }

            FlowRouteKind kind = FlowRouteKind.Route;
            int blank = line.IndexOfAny(' ', '\t');
            if (blank >= 0)
            {
                kind = Kind(line[..blank]) ?? throw new RouteFormatException(
                    source, number, $"'{line}' begins with neither 'local', 'route' nor 'subnet'.");
                line = line[blank..].TrimStart();
            }

            routes.Add(Route(line, kind, source, number, $"{source}:{number}"));
        }

        return routes;
    }

    private static FlowRouteKind? Kind(ReadOnlySpan<char> word) =>
        Is(word, "local") ? FlowRouteKind.LocalAddress
        : Is(word, "route") ? FlowRouteKind.Route
        : Is(word, "subnet") ? FlowRouteKind.SubnetRoute
        : null;

    private static bool Is(ReadOnlySpan<char> word, string keyword) =>
        word.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    private static List<FlowRoute> ParseJson(ReadOnlySpan<byte> utf8Text, string source)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(utf8Text);
        }
        catch (JsonException e)
        {
            throw new RouteFormatException(
                source, (e.LineNumber ?? 0) + 1, "this is not valid JSON, but begins like an object or list.", e);
        }

        List<FlowRoute> routes = [];
        if (root is JsonArray list)
        {
            Add(routes, list, FlowRouteKind.Route, source, "$");
            return routes;
        }

        JsonObject members = (JsonObject)root!;
        bool any = AddMember(routes, members, "localAddrs", FlowRouteKind.LocalAddress, source);
        any |= AddMember(routes, members, "routes", FlowRouteKind.Route, source);
        any |= AddMember(routes, members, "subnetRoutes", FlowRouteKind.SubnetRoute, source);
        return any ? routes : throw new RouteFormatException(
            $"{source}: the object has none of the members 'localAddrs', 'routes' and 'subnetRoutes'.");
    }

    private static bool AddMember(
        List<FlowRoute> routes, JsonObject members, string name, FlowRouteKind kind, string source)
    {
        JsonNode? value;
        try
        {
            value = members[name];
        }
        catch (ArgumentException e)
        {
            // Duplicate names are only found when the object is first read.
            throw new RouteFormatException($"{source}: a member appears twice in the object.", e);
        }

        if (value is null)
        {
            return members.ContainsKey(name);
        }

        if (value is not JsonArray list)
        {
            throw new RouteFormatException($"{source}: '{name}' is not a list of prefixes.");
        }

        Add(routes, list, kind, source, name);
        return true;
    }

    private static void Add(List<FlowRoute> routes, JsonArray list, FlowRouteKind kind, string source, string path)
    {
        for (int i = 0; i < list.Count; i++)
        {
            string where = $"{path}[{i}]";
            string text = list[i] is JsonValue value && value.TryGetValue(out string? s)
                ? s
                : throw new RouteFormatException($"{source}: {where} is not a string.");
            routes.Add(Route(text, kind, source, 0, $"{source}: {where}"));
        }
    }

    private static FlowRoute Route(ReadOnlySpan<char> text, FlowRouteKind kind, string source, long line, string origin)
    {
        if (IpPrefix.TryParsePrefixOrAddress(text, out IpPrefix prefix, out IpParseError error))
        {
            return new FlowRoute(prefix.Masked(), kind, origin);
        }

        string reason = $"'{text}' is not a valid prefix: {error.Describe()}.";
        throw line > 0
            ? new RouteFormatException(source, line, reason)
            : new RouteFormatException($"{origin}: {reason}");
    }
}
