using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Views;

/// <summary>Makes the rows of the live view from the last windows: connections, or their sums.</summary>
internal sealed class LiveRows(LiveSettings settings)
{
    private readonly Dictionary<string, Sums> _sums = new(StringComparer.Ordinal);

    /// <summary>The rows, in no order.</summary>
    internal IEnumerable<LiveRow> Sum(LiveModel.Device[] devices)
    {
        foreach (LiveModel.Device device in devices)
        {
            Add(device);
        }

        return _sums.Values.Select(sum => sum.ToRow());
    }

    private void Add(LiveModel.Device device)
    {
        Dictionary<ReportConnection, Sums?[]> known = [];
        LiveModel.Window? last = device.Windows.LastOrDefault();
        double seconds = device.Seconds;
        foreach (LiveModel.Window window in device.Windows)
        {
            foreach (LiveModel.Row row in window.Rows)
            {
                ref Sums?[]? sums = ref CollectionsMarshal.GetValueRefOrAddDefault(known, row.Key, out bool isKnown);
                if (!isKnown)
                {
                    sums = [.. RowsOf(row, device)];
                    double total = device.Totals[row.Key].Counts.TotalBytes;
                    Array.ForEach(sums, sum => sum!.Total += total);
                }

                foreach (Sums? sum in sums!)
                {
                    sum!.Add(row, window == last ? window.Seconds : 0, seconds);
                }
            }
        }
    }

    /// <summary>The rows that a connection counts in: none if the filter leaves it out, two by host.</summary>
    private IEnumerable<Sums> RowsOf(LiveModel.Row row, LiveModel.Device device)
    {
        FlowValues flow = row.Flow;
        string proto = flow.Source.IsValid || flow.Destination.IsValid ? flow.Protocol.DisplayName : "";
        string source = EndOf(flow.Source, device), destination = EndOf(flow.Destination, device);
        if (settings.Filter.Length > 0
            && !$"{proto} {source} {destination} {FlowClassNames.Of(row.Class)} {flow.Source} {flow.Destination}"
                .Contains(settings.Filter, StringComparison.OrdinalIgnoreCase))
        {
            return [];
        }

        if (settings.GroupBy is not { } groupBy)
        {
            // One connection, seen on one device.
            string key = string.Join('\0', device.Name, proto, flow.Source, flow.Destination);
            return [SumsOf(key, proto, source.Length > 0 ? source : "(other)", destination, row.Class)];
        }

        FlowGroupKey own = FlowGroupKey.Of(groupBy, flow, row.Class);
        Sums first = SumsOf(TextOf(own, groupBy, device));
        if (groupBy != FlowGrouping.Host || flow.Source.Address == flow.Destination.Address)
        {
            return [first];
        }

        return [first, SumsOf(TextOf(FlowGroupKey.Of(FlowGrouping.Peer, flow, row.Class), groupBy, device))];
    }

    private string TextOf(in FlowGroupKey key, FlowGrouping groupBy, LiveModel.Device device)
    {
        string text = groupBy is FlowGrouping.Host or FlowGrouping.Peer && !key.IsRest
            ? device.NameOf(key.Address, settings.ShowsAddresses)
            : key.ToText(groupBy);
        return text.Length > 0 ? text : "(other)";
    }

    private string EndOf(AddrPort end, LiveModel.Device device)
    {
        if (!end.IsValid)
        {
            return "";
        }

        string name = device.NameOf(end.Address, settings.ShowsAddresses);
        string address = end.Address.ToString();
        return end.Port == 0 ? name
            : name == address ? end.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{name}:{end.Port}");
    }

    private Sums SumsOf(
        string key, string proto = "", string? from = null, string to = "", FlowClass flowClass = FlowClass.None)
    {
        ref Sums? sums = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, key, out _);
        return sums ??= new Sums(proto, from ?? key, to, flowClass);
    }

    private sealed class Sums(string proto, string from, string to, FlowClass flowClass)
    {
        private readonly HashSet<ReportConnection> _connections = [];
        private double _tx;
        private double _rx;
        private double _rate;

        internal double Total { get; set; }

        internal void Add(LiveModel.Row row, double lastSeconds, double seconds)
        {
            FlowCounts counts = row.Flow.Counts;
            if (lastSeconds > 0)
            {
                _tx += counts.TxBytes / lastSeconds;
                _rx += counts.RxBytes / lastSeconds;
                _connections.Add(row.Key);
            }

            _rate += seconds > 0 ? counts.TotalBytes / seconds : 0;
        }

        internal LiveRow ToRow() => new(proto, from, to, flowClass, _connections.Count, _tx, _rx, _rate, Total);
    }
}
