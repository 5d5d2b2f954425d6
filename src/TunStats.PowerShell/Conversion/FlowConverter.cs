using System;
using System.ComponentModel;
using System.Management.Automation;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;

namespace TunStats.PowerShell.Conversion;

/// <summary>
/// Makes flows of objects that have their properties: flows that came back from a job, a file or another machine, rows
/// of CSV or JSON, and hashtables. TunStats.Types.ps1xml names it.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class FlowConverter : ObjectConverter
{
    private static readonly string[] Needed = ["Src", "Dst", "Start", "End"];

    private protected override bool CanRead(PropertyReader properties) =>
        Array.TrueForAll(Needed, properties.Has);

    private protected override object Read(PropertyReader properties) => ReadFlow(properties);

    /// <summary>Makes an entry of a message.</summary>
    internal static ConnectionCounts ReadEntry(PropertyReader properties) => new(
        Protocol(properties), EndOf(properties, "Src"), EndOf(properties, "Dst"), Counts(properties));

    private static TupleCounts ReadFlow(PropertyReader properties)
    {
        (NanoTime start, NanoTime end) = Range(properties);
        var window = new FlowWindow(
            start, end, properties.Read<string>("Source"), properties.Read<string>("Node"));
        return new TupleCounts(
            Protocol(properties), EndOf(properties, "Src"), EndOf(properties, "Dst"), Counts(properties), window)
        {
            FirstSeen = properties.Time("FirstSeen"),
            LastSeen = properties.Time("LastSeen"),
            OpenedBy = properties.Read<FlowInitiator>("OpenedBy"),
            Class = properties.Read<FlowClass>("Class"),
            ConntrackZone = properties.Read<int?>("ConntrackZone"),
            SrcName = properties.Text("SrcName"),
            DstName = properties.Text("DstName"),
            ProcessName = properties.Text("ProcessName"),
            ProcessId = properties.Read<int?>("ProcessId"),
            Nat = ReadNat(properties.Value("Nat")),
        };
    }

    private static NatTuple? ReadNat(object? value)
    {
        const string Arrow = " -> ";
        switch (value)
        {
            case null or "":
                return null;
            case NatTuple nat:
                return nat;
            case string text when text.Split(Arrow) is [var source, var destination]:
                return new NatTuple(AddrPort.Parse(source), AddrPort.Parse(destination));
            default:
                var properties = new PropertyReader(PSObject.AsPSObject(value));
                return new NatTuple(EndOf(properties, "Source"), EndOf(properties, "Destination"));
        }
    }

    // CSV cuts Start and End to seconds.
    private static (NanoTime Start, NanoTime End) Range(PropertyReader properties)
    {
        string text = properties.Text("TimeRange");
        if (text.Length == 0)
        {
            return (Instant(properties, "Start"), Instant(properties, "End"));
        }

        return text.Split('/') is [var first, var last]
            && NanoTime.TryParse(first, out NanoTime start) && NanoTime.TryParse(last, out NanoTime end)
            ? (start, end)
            : throw new FormatException($"TimeRange is '{text}', which is not two RFC 3339 times with a '/' between.");
    }

    private static NanoTime Instant(PropertyReader properties, string name) => NanoTime.FromDateTime(
        properties.Time(name) ?? throw new FormatException($"{name} is empty: a flow needs the times of its window."));

    private static AddrPort EndOf(PropertyReader properties, string name)
    {
        string text = properties.Text(name);
        return AddrPort.TryParse(text, out AddrPort end, out IpParseError error)
            ? end
            : throw new FormatException(
                $"{name} is '{text}', which is not an address with a port: {error.Describe()}.");
    }

    private static IpProtocol Protocol(PropertyReader properties)
    {
        if (properties.Value("ProtoNumber") is not null and not "")
        {
            return new IpProtocol(properties.Read<byte>("ProtoNumber"));
        }

        string text = properties.Text("Proto");
        return text == default(IpProtocol).DisplayName ? default
            : IpProtocol.TryParse(text, out IpProtocol protocol) ? protocol
            : throw new FormatException($"Proto is '{text}', which is not an IP protocol.");
    }

    private static FlowCounts Counts(PropertyReader properties) => new(
        properties.Read<ulong>("TxPackets"),
        properties.Read<ulong>("TxBytes"),
        properties.Read<ulong>("RxPackets"),
        properties.Read<ulong>("RxBytes"));
}
