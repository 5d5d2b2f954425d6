using System;
using System.ComponentModel;
using System.Linq;
using System.Management.Automation;
using TunStats.Classes;
using TunStats.NetLog;

namespace TunStats.PowerShell.Conversion;

/// <summary>
/// Makes network log messages of messages that came back from a job, a file or another machine.
/// TunStats.Types.ps1xml names it.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class MessageConverter : ObjectConverter
{
    // A message's JSON has the same names in lower case, but others for its counts: EntryCount reports them apart.
    private protected override bool CanRead(PropertyReader properties) =>
        properties.Has("Start") && properties.Has("VirtualTraffic") && properties.Has("EntryCount");

    private protected override object Read(PropertyReader properties) => new NetLogMessage
    {
        Start = properties.Time("Start") ?? default,
        End = properties.Time("End") ?? default,
        NodeId = properties.Text("NodeId"),
        SrcNode = properties.List("SrcNode").Select(node => ReadNode(new PropertyReader(node))).FirstOrDefault(),
        DstNodes = [.. properties.List("DstNodes").Select(node => ReadNode(new PropertyReader(node)))],
        VirtualTraffic = Entries(properties, "VirtualTraffic"),
        SubnetTraffic = Entries(properties, "SubnetTraffic"),
        ExitTraffic = Entries(properties, "ExitTraffic"),
        PhysicalTraffic = Entries(properties, "PhysicalTraffic"),
        Logged = properties.Time("Logged"),
        LogId = properties.Text("LogId"),
        LoggerId = properties.Text("LoggerId"),
        Sequence = properties.Read<long?>("Sequence"),
    };

    private static ConnectionCounts[] Entries(PropertyReader properties, string name) =>
        [.. properties.List(name).Select(entry => FlowConverter.ReadEntry(Entry(entry, name)))];

    private static PropertyReader Entry(PSObject entry, string name) => entry.BaseObject is string text
        ? throw new FormatException(
            $"{name} is '{text}', which is not a list of connections. CSV holds no lists: export the flows of "
            + "ConvertFrom-NetLogMessage -Flow, or use -AsJson or Export-Clixml.")
        : new PropertyReader(entry);

    private static NetLogNode ReadNode(PropertyReader properties) => new()
    {
        NodeId = properties.Text("NodeId"),
        Name = properties.Text("Name"),
        Addresses = [.. properties.List("Addresses").Select(address => $"{address}")],
        OS = properties.Text("OS"),
        User = properties.Text("User"),
        Tags = [.. properties.List("Tags").Select(tag => $"{tag}")],
    };
}
