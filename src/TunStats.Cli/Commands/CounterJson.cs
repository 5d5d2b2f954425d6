using System.Text.Json;
using TunStats.Links;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>Counters as members of a JSON object, named as the properties of the typed objects.</summary>
internal static class CounterJson
{
    internal static void WriteMembers(Utf8JsonWriter json, RtnlLinkStats64 stats)
    {
        json.WriteString("Name", stats.Name);
        json.WriteNumber("Index", stats.Index);
        json.WriteString("Kind", stats.Kind);
        json.WriteString("Timestamp", stats.Timestamp);
        json.WriteNumber("RxPackets", stats.RxPackets);
        json.WriteNumber("TxPackets", stats.TxPackets);
        json.WriteNumber("RxBytes", stats.RxBytes);
        json.WriteNumber("TxBytes", stats.TxBytes);
        json.WriteNumber("RxErrors", stats.RxErrors);
        json.WriteNumber("TxErrors", stats.TxErrors);
        json.WriteNumber("RxDropped", stats.RxDropped);
        json.WriteNumber("TxDropped", stats.TxDropped);
        json.WriteNumber("Multicast", stats.Multicast);
        json.WriteNumber("Collisions", stats.Collisions);
        json.WriteNumber("RxLengthErrors", stats.RxLengthErrors);
        json.WriteNumber("RxOverErrors", stats.RxOverErrors);
        json.WriteNumber("RxCrcErrors", stats.RxCrcErrors);
        json.WriteNumber("RxFrameErrors", stats.RxFrameErrors);
        json.WriteNumber("RxFifoErrors", stats.RxFifoErrors);
        json.WriteNumber("RxMissedErrors", stats.RxMissedErrors);
        json.WriteNumber("TxAbortedErrors", stats.TxAbortedErrors);
        json.WriteNumber("TxCarrierErrors", stats.TxCarrierErrors);
        json.WriteNumber("TxFifoErrors", stats.TxFifoErrors);
        json.WriteNumber("TxHeartbeatErrors", stats.TxHeartbeatErrors);
        json.WriteNumber("TxWindowErrors", stats.TxWindowErrors);
        json.WriteNumber("RxCompressed", stats.RxCompressed);
        json.WriteNumber("TxCompressed", stats.TxCompressed);
        json.WriteNumber("RxNoHandler", stats.RxNoHandler);
        WriteOptional(json, "RxOtherHostDropped", stats.RxOtherHostDropped);
    }

    internal static void WriteMembers(Utf8JsonWriter json, LinkIncrease increase)
    {
        json.WriteNumber("RxPackets", increase.RxPackets);
        json.WriteNumber("TxPackets", increase.TxPackets);
        json.WriteNumber("RxBytes", increase.RxBytes);
        json.WriteNumber("TxBytes", increase.TxBytes);
        json.WriteNumber("RxErrors", increase.RxErrors);
        json.WriteNumber("TxErrors", increase.TxErrors);
        json.WriteNumber("RxDropped", increase.RxDropped);
        json.WriteNumber("TxDropped", increase.TxDropped);
        json.WriteNumber("Multicast", increase.Multicast);
        json.WriteNumber("Collisions", increase.Collisions);
        json.WriteNumber("RxLengthErrors", increase.RxLengthErrors);
        json.WriteNumber("RxOverErrors", increase.RxOverErrors);
        json.WriteNumber("RxCrcErrors", increase.RxCrcErrors);
        json.WriteNumber("RxFrameErrors", increase.RxFrameErrors);
        json.WriteNumber("RxFifoErrors", increase.RxFifoErrors);
        json.WriteNumber("RxMissedErrors", increase.RxMissedErrors);
        json.WriteNumber("TxAbortedErrors", increase.TxAbortedErrors);
        json.WriteNumber("TxCarrierErrors", increase.TxCarrierErrors);
        json.WriteNumber("TxFifoErrors", increase.TxFifoErrors);
        json.WriteNumber("TxHeartbeatErrors", increase.TxHeartbeatErrors);
        json.WriteNumber("TxWindowErrors", increase.TxWindowErrors);
        json.WriteNumber("RxCompressed", increase.RxCompressed);
        json.WriteNumber("TxCompressed", increase.TxCompressed);
        json.WriteNumber("RxNoHandler", increase.RxNoHandler);
        WriteOptional(json, "RxOtherHostDropped", increase.RxOtherHostDropped);
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, ulong? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
