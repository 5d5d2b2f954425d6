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
        WriteCounters(json, stats.Counters);
        if (stats is DetailedLinkStats details)
        {
            WriteDetails(json, details);
        }
    }

    internal static void WriteMembers(Utf8JsonWriter json, LinkIncrease increase) =>
        WriteCounters(json, increase.Counters);

    private static void WriteDetails(Utf8JsonWriter json, DetailedLinkStats details)
    {
        json.WriteString("OperationalState", HumanText.State(details.OperationalState));
        json.WriteNumber("CarrierChanges", details.CarrierChanges);
        json.WriteNumber("Mtu", details.Mtu);
        json.WriteNumber("TxQueueLength", details.TxQueueLength);
        json.WriteString("Qdisc", details.Qdisc);
        WriteOptional(json, "QdiscDrops", details.QdiscDrops);
        WriteOptional(json, "QdiscOverlimits", details.QdiscOverlimits);
        WriteOptional(json, "QdiscRequeues", details.QdiscRequeues);
        WriteOptional(json, "QdiscBacklogBytes", details.QdiscBacklogBytes);
        WriteOptional(json, "QdiscBacklogPackets", details.QdiscBacklogPackets);
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, uint? value)
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

    private static void WriteCounters(Utf8JsonWriter json, in LinkCounters counters)
    {
        for (int i = 0; i < LinkCounterTable.All.Count; i++)
        {
            string name = LinkCounterTable.All[i].Name;
            if (counters.Has(i))
            {
                json.WriteNumber(name, counters[i]);
            }
            else
            {
                json.WriteNull(name);
            }
        }
    }
}
