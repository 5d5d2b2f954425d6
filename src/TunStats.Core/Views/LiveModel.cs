using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Links;
using TunStats.Net;
using TunStats.Polling;
using TunStats.Sessions;

namespace TunStats.Views;

/// <summary>
/// What the live view has seen: the last windows of each device and the last minutes of its counters. Threads that
/// count add to it, the thread that draws takes frames. Memory is bounded.
/// </summary>
internal sealed class LiveModel : IFlowSink, ILinkPollerSink
{
    /// <summary>How many windows a rate is over.</summary>
    internal const int RateWindows = 10;

    /// <summary>How many connections of a window are kept, those of most bytes.</summary>
    internal const int MaxRows = 2000;

    private const int MaxTotals = 20_000;
    private const int HistorySeconds = 600;

    private static readonly TimeSpan WarningTime = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly TimeProvider _timeProvider;
    private readonly SortedDictionary<string, Device> _devices = new(StringComparer.Ordinal);
    private string _error = "";
    private string _warning = "";
    private long _warnedAt;

    internal LiveModel(TimeProvider timeProvider) => _timeProvider = timeProvider;

    /// <summary>Gives the nodes of a device, for their names; null if nothing does.</summary>
    internal Func<string?, FlowClassifier?>? ClassifierOf { get; set; }

    bool ILinkPollerSink.WantsSamples => true;

    /// <summary>How many devices there are.</summary>
    internal int DeviceCount
    {
        get
        {
            lock (_gate)
            {
                return _devices.Count;
            }
        }
    }

    /// <summary>Shows devices before anything is known of them.</summary>
    internal void AddDevices(IEnumerable<string> names)
    {
        lock (_gate)
        {
            foreach (string name in names)
            {
                _ = DeviceOf(name);
            }
        }
    }

    public void OnReport(FlowReport report)
    {
        var rows = new Row[Math.Min(report.CountToTake, MaxRows)];
        for (int i = 0; i < rows.Length; i++)
        {
            FlowValues flow = report.GetValues(i);
            rows[i] = new Row(flow, report.ClassOf(flow));
        }

        (FlowClass, ulong)[] classes =
            [.. report.TakeGroups(FlowGrouping.Class).Select(group => (group.ClassOfGroup, group.TotalBytes))];
        NodeMap? nodes = ClassifierOf?.Invoke(report.Window.Source)?.Nodes;
        lock (_gate)
        {
            Device device = DeviceOf(report.Window.Source ?? "");
            device.Nodes = nodes ?? device.Nodes;
            device.Windows.Enqueue(new Window(rows, classes, report.Count, report.Window.Seconds));
            if (device.Windows.Count > RateWindows)
            {
                device.Windows.Dequeue();
            }

            foreach (Row row in rows)
            {
                device.Totals.Add(row.Key, new FlowGroupSum(row.Flow.Counts, 1));
            }
        }
    }

    public void OnSample(LinkSample sample)
    {
        lock (_gate)
        {
            Device device = DeviceOf(sample.Name);
            device.State = StateOf(sample);
            device.Rx.Add(sample.RxBytesPerSecond ?? 0);
            device.Tx.Add(sample.TxBytesPerSecond ?? 0);
            device.DropRates.Add((sample.RxDroppedPerSecond ?? 0) + (sample.TxDroppedPerSecond ?? 0));
            device.Drops += sample.Increase is { } increase ? increase.RxDropped + increase.TxDropped : 0;
            foreach (List<double> history in (List<double>[])[device.Rx, device.Tx, device.DropRates])
            {
                if (history.Count > HistorySeconds)
                {
                    history.RemoveAt(0);
                }
            }
        }
    }

    public void OnError(Exception error, string? device)
    {
        lock (_gate)
        {
            _error = error.Message;
        }
    }

    public void OnWarning(string message)
    {
        lock (_gate)
        {
            _warning = message;
            _warnedAt = _timeProvider.GetTimestamp();
        }
    }

    public void OnLinkEvent(string message) => OnWarning(message);

    public void OnProgress(FlowProgress progress)
    {
        // The screen itself is the progress.
    }

    /// <summary>What there is to show now.</summary>
    internal LiveFrame ToFrame(LiveSettings settings)
    {
        lock (_gate)
        {
            Device[] devices = [.. _devices.Values];
            if (settings.Device >= 0 && settings.Device < devices.Length)
            {
                devices = [devices[settings.Device]];
            }

            return new LiveFrame
            {
                Time = _timeProvider.GetUtcNow().UtcDateTime,
                Device = Sum(devices),
                Rows = [.. Sorted(new LiveRows(settings).Sum(devices), settings.Sort)],
                Classes = [.. Classes(devices)],
                Connections = devices.Sum(device => (long)(device.Windows.LastOrDefault()?.Count ?? 0)),
                Message = _timeProvider.GetElapsedTime(_warnedAt) < WarningTime && _warning.Length > 0
                    ? _warning
                    : _error,
            };
        }
    }

    private static IEnumerable<LiveRow> Sorted(IEnumerable<LiveRow> rows, LiveSort sort) => sort switch
    {
        LiveSort.Name => rows.OrderBy(row => row.From, StringComparer.Ordinal).ThenBy(row => row.To),
        LiveSort.Sent => rows.OrderByDescending(row => row.TxRate).ThenByDescending(row => row.Rate),
        LiveSort.Received => rows.OrderByDescending(row => row.RxRate).ThenByDescending(row => row.Rate),
        LiveSort.Total => rows.OrderByDescending(row => row.Total),
        _ => rows.OrderByDescending(row => row.Rate).ThenByDescending(row => row.Total),
    };

    private static IEnumerable<(FlowClass Class, double Rate)> Classes(Device[] devices)
    {
        foreach (FlowClass flowClass in ReportChart.Classes)
        {
            double rate = devices.Sum(device => device.Seconds > 0
                ? device.Windows.Sum(w => w.Classes.Where(c => IsOf(c.Class, flowClass)).Sum(c => (double)c.Bytes))
                    / device.Seconds
                : 0);
            if (rate > 0)
            {
                yield return (flowClass, rate);
            }
        }
    }

    private static bool IsOf(FlowClass flowClass, FlowClass shown) =>
        flowClass == shown || (flowClass == FlowClass.Unknown && shown == FlowClass.None);

    private static LiveDevice Sum(Device[] devices) => devices switch
    {
        [] => new LiveDevice("no device yet", "", [], [], [], 0),
        [var one] => new LiveDevice(one.Name, one.State, [.. one.Rx], [.. one.Tx], [.. one.DropRates], one.Drops),
        _ => new LiveDevice(
            string.Create(CultureInfo.InvariantCulture, $"{devices.Length} devices"),
            string.Join(", ", devices.Select(device => device.Name)),
            Sum(devices.Select(device => device.Rx)),
            Sum(devices.Select(device => device.Tx)),
            Sum(devices.Select(device => device.DropRates)),
            devices.Aggregate(0ul, (sum, device) => sum + device.Drops)),
    };

    /// <summary>The newest of each history are of the same second.</summary>
    private static double[] Sum(IEnumerable<List<double>> histories)
    {
        List<double>[] all = [.. histories];
        double[] sum = new double[all.Max(history => history.Count)];
        foreach (List<double> history in all)
        {
            for (int i = 0; i < history.Count; i++)
            {
                sum[sum.Length - history.Count + i] += history[i];
            }
        }

        return sum;
    }

    private static string StateOf(LinkSample sample)
    {
        if (sample.Event is LinkSampleEvent.Gone or LinkSampleEvent.Error)
        {
            return sample.Event == LinkSampleEvent.Gone ? "gone" : "cannot be read";
        }

        if (sample.Stats is not DetailedLinkStats details)
        {
            return "";
        }

        string state = details.OperationalState switch
        {
            OperationalState.Up => "up",
            OperationalState.Down => "down",
            OperationalState.LowerLayerDown => "lower layer down",
            OperationalState.Dormant => "dormant",
            _ => "state unknown",
        };
        string queue = details.Qdisc == "noqueue" ? ", no queue" : "";
        if (queue.Length == 0 && details.QdiscBacklogBytes is { } backlog)
        {
            string waiting = IO.SizeText.Bytes(backlog);
            queue = string.Create(
                CultureInfo.InvariantCulture, $", {details.Qdisc}: {waiting} waiting, {details.QdiscDrops} dropped");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{state}, mtu {details.Mtu}{queue}");
    }

    private Device DeviceOf(string name)
    {
        if (!_devices.TryGetValue(name, out Device? device))
        {
            _devices.Add(name, device = new Device(name));
        }

        return device;
    }

    /// <summary>A connection of a window.</summary>
    internal readonly record struct Row(FlowValues Flow, FlowClass Class)
    {
        internal ReportConnection Key => new(Flow.Protocol, Flow.Source, Flow.Destination, Class);
    }

    /// <summary>A window of a device.</summary>
    internal sealed record Window(
        Row[] Rows, IReadOnlyList<(FlowClass Class, ulong Bytes)> Classes, int Count, double Seconds);

    /// <summary>What is kept of a device.</summary>
    internal sealed class Device(string name)
    {
        internal string Name => name;

        internal string State { get; set; } = "";

        internal NodeMap? Nodes { get; set; }

        internal Queue<Window> Windows { get; } = [];

        internal FlowSums<ReportConnection> Totals { get; } = new(MaxTotals);

        internal List<double> Rx { get; } = [];

        internal List<double> Tx { get; } = [];

        internal List<double> DropRates { get; } = [];

        internal ulong Drops { get; set; }

        internal double Seconds => Windows.Sum(window => window.Seconds);

        /// <summary>The name of an address, else the address.</summary>
        internal string NameOf(IpAddr address, bool showsAddresses) =>
            !showsAddresses && Nodes?.Find(address) is { Name.Length: > 0 } node ? node.Name : address.ToString();
    }
}
