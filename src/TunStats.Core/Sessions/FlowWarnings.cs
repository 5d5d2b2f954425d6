using System;
using System.Collections.Generic;
using System.Globalization;
using TunStats.Conntrack;
using TunStats.Flows;
using TunStats.IO;

namespace TunStats.Sessions;

/// <summary>The warnings of a session.</summary>
internal static class FlowWarnings
{
    private const string EventsAdvice =
        "run 'sysctl -w net.netfilter.nf_conntrack_events=1' in this network namespace before the connections begin";

    internal static string NoRoutes(string source, string hint) =>
        $"{source}: no address and no route is known, so all of its traffic is exit traffic. Give {hint}.";

    internal static string RoutesNotCurrent(string source) =>
        $"{source}: its routes kept changing while they were read; one may be missing.";

    internal static string RoutesUnreadable(string source, Exception error) =>
        $"{source}: its routes could not be read again, so the last ones stay in use: {error.Message}";

    internal static string Gone(string device) =>
        $"{device} is gone; a new device of that name is counted as soon as there is one.";

    internal static string Back(string device) =>
        $"{device} is back: a new device of that name is counted, from the moment it was found.";

    internal static string Renamed(string device, string name) =>
        $"{device} is now called {name} and is still counted as {device}.";

    internal static string Moved(string networkNamespace, bool isGone) => isGone
        ? $"The network namespace '{networkNamespace}' is gone; counting goes on when it is there again."
        : $"The network namespace '{networkNamespace}' is another one now; counting goes on there.";

    internal static string Stopped(string file) =>
        $"{file}: stopped before the end of the capture; what was read until then is counted.";

    internal static string Unreadable(string device, ulong frames) =>
        $"{device}: {Of(frames, "frame is", "frames are")} not counted: the kernel cannot describe the segments.";

    internal static string PacketsLost(string device, ulong packets) =>
        $"{device}: the ring was full: {Of(packets, "packet was", "packets were")} lost and not counted.";

    internal static string Early(string file, long packets) =>
        $"{file}: time stamps go backwards: {CountText.Of(packets, "packet is", "packets are")} counted at the start "
        + "of a later window.";

    internal static string Overflow(FlowReport report, int capacity) =>
        $"{report.Window.Source}: one window has more than {CountText.Of(capacity, "connection", "connections")}; "
        + $"about {CountText.Of(report.OverflowConnections, "further one is", "further ones are")} counted together in "
        + $"one entry without addresses, with {Of(report.Overflow.TotalPackets, "packet", "packets")}.";

    internal static string Dropped(FlowQueue.Dropped dropped) =>
        $"The output was too slow: {CountText.Of(dropped.Windows, "window was", "windows were")} dropped, with "
        + $"{CountText.Of(dropped.Connections, "connection", "connections")}.";

    internal static string HiddenProcesses(int connections) =>
        $"{CountText.Of(connections, "connection has", "connections have")} no process in the output: the sockets are "
        + "those of other users. Run as root to see their processes.";

    internal static string BytesRead(long done, long? length)
    {
        const double Mebibyte = 1 << 20;
        return length is { } all
            ? string.Create(CultureInfo.InvariantCulture, $"{done / Mebibyte:0.0} of {all / Mebibyte:0.0} MiB")
            : string.Create(CultureInfo.InvariantCulture, $"{done / Mebibyte:0.0} MiB");
    }

    internal static string SlowTable(TimeSpan interval) => string.Create(
        CultureInfo.InvariantCulture,
        $"Connection tracking: reading the table takes longer than a window of {interval.TotalSeconds:0.###} s, so "
        + $"some windows are longer; their Start and End are true. Ask for longer windows.");

    internal static string UnseenEnds(long connections) =>
        $"Connection tracking: {CountText.Of(connections, "connection", "connections")} ended without an event since "
        + "the start; what they carried after the last reading of the table is not counted. Unless "
        + "net.netfilter.nf_conntrack_events is 1, the kernel reports no end of a connection that began before this "
        + $"command: {EventsAdvice}, or give a shorter -Interval.";

    internal static string NoEvents() =>
        "Connection tracking: net.netfilter.nf_conntrack_events is 0, so the kernel reports no ends of connections; "
        + $"connections that begin and end between two readings of the table are missing: {EventsAdvice}.";

    /// <summary>The warnings about a window of connection tracking.</summary>
    internal static IEnumerable<string> Of(ConntrackWindow window)
    {
        if (window.EventLosses > 0)
        {
            string times = CountText.Of(window.EventLosses, "time", "times");
            yield return $"Connection tracking: events were lost {times} because they came faster than they were read; "
                + "connections that began and ended in this window may be missing.";
        }

        if (window.Uncounted > 0)
        {
            string connections = CountText.Of(window.Uncounted, "connection has", "connections have");
            yield return $"Connection tracking: {connections} no counts: they began before accounting was on.";
        }
    }

    private static string Of(ulong count, string one, string many) => CountText.Of((long)count, one, many);
}
