using System;
using System.Collections.Generic;
using System.Globalization;
using TunStats.Conntrack;
using TunStats.Flows;

namespace TunStats.Sessions;

/// <summary>The texts of what a session warns of.</summary>
internal static class FlowWarnings
{
    internal static string NoRoutes(string source, string hint) =>
        $"{source}: no address and no route is known, so all of its traffic is exit traffic. Give {hint}.";

    internal static string RoutesNotCurrent(string source) =>
        $"{source}: its routes kept changing while they were read; one may be missing.";

    internal static string RoutesUnreadable(string source, Exception error) =>
        $"{source}: its routes could not be read again, so the last ones stay in use: {error.Message}";

    internal static string Gone(string device) =>
        $"{device} is gone; a new device of that name is counted as soon as there is one.";

    internal static string Back(string device) => $"{device} is back: a new device of that name is counted.";

    internal static string Moved(string networkNamespace, bool isGone) => isGone
        ? $"The network namespace '{networkNamespace}' is gone; counting goes on when it is there again."
        : $"The network namespace '{networkNamespace}' is another one now; counting goes on there.";

    internal static string Stopped(string file) =>
        $"{file}: stopped before the end of the capture; what was read until then is counted.";

    internal static string Unreadable(string device, ulong packets) => string.Create(
        CultureInfo.InvariantCulture,
        $"{device}: {packets} frames whose segments the kernel cannot describe are not counted.");

    internal static string PacketsLost(string device, ulong packets) => string.Create(
        CultureInfo.InvariantCulture,
        $"{device}: the ring was full: {packets} packets were lost and are not counted.");

    internal static string Early(string file, long packets) => string.Create(
        CultureInfo.InvariantCulture,
        $"{file}: its times go backwards: {packets} packets are counted at the start of a window after their own.");

    internal static string Overflow(FlowReport report, int capacity) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Window.Source}: more than {capacity} connections in one window; about {report.OverflowConnections} "
        + $"further ones with {report.Overflow.TotalPackets} packets are counted together in one entry without "
        + $"addresses.");

    internal static string Dropped(FlowQueue.Dropped dropped) => string.Create(
        CultureInfo.InvariantCulture,
        $"The output was too slow: {dropped.Windows} windows with {dropped.Connections} connections were dropped.");

    internal static string BytesRead(long done, long? length)
    {
        const double Mebibyte = 1 << 20;
        return length is { } all
            ? string.Create(CultureInfo.InvariantCulture, $"{done / Mebibyte:0.0} of {all / Mebibyte:0.0} MiB")
            : string.Create(CultureInfo.InvariantCulture, $"{done / Mebibyte:0.0} MiB");
    }

    /// <summary>What is to be said of a window of connection tracking.</summary>
    internal static IEnumerable<string> Of(ConntrackWindow window)
    {
        if (window.EventLosses > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Connection tracking: events of ended connections were lost {window.EventLosses} times because they "
                + $"came faster than they were read; connections that began and ended in this window may be missing.");
        }

        if (window.Uncounted > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Connection tracking: {window.Uncounted} connections have no counts because they began before "
                + $"accounting was on.");
        }
    }
}
