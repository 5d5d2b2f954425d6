using System;
using TunStats.Flows;

namespace TunStats.NetLog;

/// <summary>The members of a message and of its envelope that are read; a bit each, to tell which ones were.</summary>
[Flags]
internal enum NetLogMember
{
    Other = 0,
    Start = 1 << 0,
    End = 1 << 1,
    NodeId = 1 << 2,
    Logged = 1 << 3,
    LogTail = 1 << 4,
    SrcNode = 1 << 5,
    DstNodes = 1 << 6,
    VirtualTraffic = 1 << 7,
    SubnetTraffic = 1 << 8,
    ExitTraffic = 1 << 9,
    PhysicalTraffic = 1 << 10,

    /// <summary>What makes an object a message.</summary>
    Traffic = VirtualTraffic | SubnetTraffic | ExitTraffic | PhysicalTraffic,
}

/// <summary>The names of the members.</summary>
internal static class NetLogMembers
{
    public static NetLogMember Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("end"u8) => NetLogMember.End,
        5 when name.SequenceEqual("start"u8) => NetLogMember.Start,
        6 when name.SequenceEqual("nodeId"u8) => NetLogMember.NodeId,
        6 when name.SequenceEqual("logged"u8) => NetLogMember.Logged,
        7 when name.SequenceEqual("logtail"u8) => NetLogMember.LogTail,
        7 when name.SequenceEqual("srcNode"u8) => NetLogMember.SrcNode,
        8 when name.SequenceEqual("dstNodes"u8) => NetLogMember.DstNodes,
        14 when name.SequenceEqual("virtualTraffic"u8) => NetLogMember.VirtualTraffic,
        13 when name.SequenceEqual("subnetTraffic"u8) => NetLogMember.SubnetTraffic,
        11 when name.SequenceEqual("exitTraffic"u8) => NetLogMember.ExitTraffic,
        15 when name.SequenceEqual("physicalTraffic"u8) => NetLogMember.PhysicalTraffic,
        _ => NetLogMember.Other,
    };

    /// <summary>The class of a list of traffic.</summary>
    public static FlowClass Class(this NetLogMember member) => member switch
    {
        NetLogMember.VirtualTraffic => FlowClass.Virtual,
        NetLogMember.SubnetTraffic => FlowClass.Subnet,
        NetLogMember.PhysicalTraffic => FlowClass.Physical,
        _ => FlowClass.Exit,
    };
}
