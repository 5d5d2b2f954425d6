using System.Collections.Generic;
using System.Linq;
using TunStats.Flows;
using TunStats.NetLog;
using TunStats.Peers;

namespace TunStats.Tests;

/// <summary>What tests of the core ask for in one call.</summary>
internal static class CoreConveniences
{
    internal static NetLogMessage? Read(this NetLogReader reader)
    {
        reader.TryRead(out NetLogMessage? message, out NetLogFormatException? error);
        return error is null ? message : throw error;
    }

    internal static IEnumerable<TupleCounts> ReadFlows(this NetLogReader reader) =>
        reader.ReadAll().SelectMany(message => message.GetFlows(reader.InputName));

    internal static string FormatSI(double value)
    {
        char[] text = new char[64];
        return NetLogText.TryFormatSI(value, text, out int length) ? new string(text, 0, length) : "";
    }

    internal static string FormatIEC(double value)
    {
        char[] text = new char[64];
        return NetLogText.TryFormatIEC(value, text, out int length) ? new string(text, 0, length) : "";
    }

    internal static List<TupleCounts> ToPhysicalTraffic(this PeerReport report, FlowWindow window) =>
    [
        .. report.PhysicalBytes().Select(
            row => new TupleCounts(default, row.Source, row.Destination, row.Counts, window)
            {
                Class = FlowClass.Physical,
            }),
    ];
}
