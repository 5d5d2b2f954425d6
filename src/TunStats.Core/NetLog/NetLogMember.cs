using System;
using TunStats.Flows;

namespace TunStats.NetLog;

/// <summary>The members of a message and of its envelope that are read, as flags.</summary>
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
    LogId = 1 << 11,
    LoggerId = 1 << 12,
    Sequence = 1 << 13,

    /// <summary>What numbers messages; foreign objects have such members, too.</summary>
    Number = LoggerId | Sequence,

    /// <summary>The members that make an object a message.</summary>
    Traffic = VirtualTraffic | SubnetTraffic | ExitTraffic | PhysicalTraffic,
}

/// <summary>The names of the members: those of a message's JSON, and of the object's properties.</summary>
internal static class NetLogMembers
{
    public static NetLogMember Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when Is(name, "end"u8) => NetLogMember.End,
        5 when Is(name, "start"u8) => NetLogMember.Start,
        5 when name.SequenceEqual("LogId"u8) => NetLogMember.LogId,
        6 when Is(name, "nodeId"u8) => NetLogMember.NodeId,
        6 when Is(name, "logged"u8) => NetLogMember.Logged,
        6 when name.SequenceEqual("logger"u8) => NetLogMember.LoggerId,
        8 when name.SequenceEqual("LoggerId"u8) => NetLogMember.LoggerId,
        8 when Is(name, "sequence"u8) => NetLogMember.Sequence,
        7 when Is(name, "logtail"u8) => NetLogMember.LogTail,
        7 when Is(name, "srcNode"u8) => NetLogMember.SrcNode,
        8 when Is(name, "dstNodes"u8) => NetLogMember.DstNodes,
        14 when Is(name, "virtualTraffic"u8) => NetLogMember.VirtualTraffic,
        13 when Is(name, "subnetTraffic"u8) => NetLogMember.SubnetTraffic,
        11 when Is(name, "exitTraffic"u8) => NetLogMember.ExitTraffic,
        15 when Is(name, "physicalTraffic"u8) => NetLogMember.PhysicalTraffic,
        _ => NetLogMember.Other,
    };

    /// <summary>Whether a name is that of a member, or of its property, which begins with a capital.</summary>
    /// <param name="name">The name; not empty.</param>
    /// <param name="member">The member's name, of the same length.</param>
    public static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> member) =>
        name.Length == member.Length && (name[0] | 0x20) == member[0] && name[1..].SequenceEqual(member[1..]);

    /// <summary>The class of a list of traffic.</summary>
    public static FlowClass Class(this NetLogMember member) => member switch
    {
        NetLogMember.VirtualTraffic => FlowClass.Virtual,
        NetLogMember.SubnetTraffic => FlowClass.Subnet,
        NetLogMember.PhysicalTraffic => FlowClass.Physical,
        _ => FlowClass.Exit,
    };
}
