using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Routes;

namespace TunStats.Tests.NetLog;

/// <summary>What the vector files hold, as the types of the core.</summary>
internal static class NetLogVectors
{
    public static NetLogMessage Message(JsonElement value) => new()
    {
        NodeId = Text(value, "nodeId"),
        StartTime = NanoTime.Parse(Text(value, "start")),
        EndTime = NanoTime.Parse(Text(value, "end")),
        SrcNode = value.TryGetProperty("srcNode", out JsonElement node) ? Node(node) : null,
        DstNodes = value.TryGetProperty("dstNodes", out JsonElement nodes)
            ? [.. nodes.EnumerateArray().Select(Node)]
            : [],
        VirtualTraffic = Traffic(value, "virtualTraffic"),
        SubnetTraffic = Traffic(value, "subnetTraffic"),
        ExitTraffic = Traffic(value, "exitTraffic"),
        PhysicalTraffic = Traffic(value, "physicalTraffic"),
    };

    public static ConnectionCounts Entry(JsonElement row) => new(
        row[0].GetByte(),
        AddrPort.Parse(row[1].GetString()!),
        AddrPort.Parse(row[2].GetString()!),
        new FlowCounts(row[3].GetUInt64(), row[4].GetUInt64(), row[5].GetUInt64(), row[6].GetUInt64()));

    public static NetLogNode Node(JsonElement value) => new()
    {
        NodeId = Text(value, "nodeId"),
        Name = Text(value, "name"),
        AddressValues = [.. Texts(value, "addresses").Select(IpAddr.Parse)],
        OS = Text(value, "os"),
        User = Text(value, "user"),
        Tags = Texts(value, "tags"),
    };

    public static string Text(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement text) ? text.GetString()! : string.Empty;

    public static string[] Texts(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement texts)
            ? [.. texts.EnumerateArray().Select(t => t.GetString()!)]
            : [];

    public static RouteSet Routes(JsonElement config) => new(
        From(config, "localAddrs", FlowRouteKind.LocalAddress)
            .Concat(From(config, "routes", FlowRouteKind.Route))
            .Concat(From(config, "subnetRoutes", FlowRouteKind.SubnetRoute)));

    public static string Json(NetLogMessage message, NetLogSchema schema)
    {
        ArrayBufferWriter<byte> output = new();
        NetLogJsonWriter.Write(output, message, schema);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>All that a message says, as text, so that a test that fails shows the difference.</summary>
    public static string Describe(NetLogMessage message) => string.Join('\n', (string[])
    [
        $"{message.NodeId} {message.StartTime} {message.EndTime} {message.LogId} {message.LoggedTime}",
        $"src {Describe(message.SrcNode)}",
        .. message.DstNodes.Select(Describe),
        .. message.VirtualTraffic.Select(e => $"virtual {e}"),
        .. message.SubnetTraffic.Select(e => $"subnet {e}"),
        .. message.ExitTraffic.Select(e => $"exit {e}"),
        .. message.PhysicalTraffic.Select(e => $"physical {e}"),
    ]);

    private static string Describe(NetLogNode? node) => node is null
        ? "none"
        : $"{node.NodeId}|{node.Name}|{string.Join(',', node.Addresses)}|{node.OS}|{node.User}|"
            + string.Join(',', node.Tags);

    private static FlowRoute[] From(JsonElement config, string name, FlowRouteKind kind) =>
        [.. Texts(config, name).Select(text => new FlowRoute(IpPrefix.Parse(text), kind, name))];

    private static ConnectionCounts[] Traffic(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement list) ? [.. list.EnumerateArray().Select(Entry)] : [];

    /// <summary>A node as a control server's data make one; of the prefixes only single addresses count.</summary>
    internal static NetLogNode Node(
        string nodeId,
        string? name,
        IEnumerable<IpPrefix> addresses,
        string? os,
        string? user,
        IEnumerable<string> tags)
    {
        IpAddr[] single = [.. addresses.Where(prefix => prefix.IsSingleAddress).Select(prefix => prefix.Address)];
        string[] sorted = [.. tags.Distinct().Order(StringComparer.Ordinal)];
        return new NetLogNode
        {
            NodeId = nodeId,
            Name = name?.TrimEnd('.') ?? "",
            AddressValues = [.. single.Where(a => a.Is4).TakeLast(1), .. single.Where(a => a.Is6).TakeLast(1)],
            OS = os ?? "",
            User = sorted.Length == 0 ? user ?? "" : "",
            Tags = sorted,
        };
    }
}
