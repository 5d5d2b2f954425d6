using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using TunStats.Flows;
using TunStats.IO;

namespace TunStats.Views;

/// <summary>Makes the page of a report: a pure function of what was summed.</summary>
internal sealed class ReportPage
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss'Z'";

    private readonly TunReport _report;
    private readonly HtmlText _html = new();
    private readonly ReportStyle _style = new();
    private readonly ReportTables _tables;

    internal ReportPage(TunReport report, string title, DateTimeOffset? created)
    {
        _report = report;
        _tables = new ReportTables(report, _html);
        AddHead(title);
        AddHeader(title);
        _html.Add($"<main id=\"main\">\n");
        AddTiles();
        var chart = new ReportChart(report, _html);
        chart.AddTraffic();
        chart.AddDevices();
        if (report.FlowCount > 0)
        {
            new ReportMatrix(report, _html, _tables).Add();
            _tables.AddConnections();
            _tables.AddGroups("peers", "Peers", "Peer", report.Peers);
            _tables.AddGroups("ports", "Ports", "Port", report.Ports);
            _tables.AddGroups("hosts", "Hosts", "Host", report.Hosts);
            _tables.AddGroups("protocols", "Protocols", "Protocol", report.Protocols);
        }

        _html.Add($"</main>\n");
        AddFooter(created);
    }

    /// <summary>What each report begins with, and no other file.</summary>
    internal static ReadOnlySpan<byte> Start =>
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"u8
        + "<meta name=\"generator\" content=\"TunStats\">\n"u8;

    public override string ToString() => _html.ToString();

    internal static string Number(double number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private void AddHead(string title)
    {
        _html.AddConstant(Encoding.UTF8.GetString(Start));
        _html.Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"");
        _html.AddConstant(_style.Policy);
        _html.Add($"\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        _html.Add($"<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>");
        _html.AddConstant(_style.Css);
        _html.Add($"</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n");
    }

    private void AddHeader(string title)
    {
        _html.Add($"<header>\n<h1><bdi>{title}</bdi></h1>\n<p class=\"sub\">");
        if (_report.Start is { } start && _report.End is { } end)
        {
            _html.Add($"{start.ToDateTime().ToString(TimeFormat, CultureInfo.InvariantCulture)} to ");
            _html.Add($"{end.ToDateTime().ToString(TimeFormat, CultureInfo.InvariantCulture)}");
            _html.Add($" · {Duration(TimeSpan.FromSeconds(TunReport.Seconds(end) - TunReport.Seconds(start)))}");
        }

        AddNames([.. _report.Sources.Select(source => Path.GetFileName(source)).Distinct()], "");
        AddNames([.. _report.Nodes.Select(_report.WithoutSuffix)], "logged by ");
        _html.Add($"</p>\n<nav aria-label=\"Sections\"><a href=\"#time\">Over time</a><a href=\"#devices\">Drops</a>");
        if (_report.FlowCount > 0)
        {
            _html.Add($"<a href=\"#who\">Who with whom</a><a href=\"#connections\">Connections</a>");
            _html.Add($"<a href=\"#peers\">Peers</a><a href=\"#ports\">Ports</a><a href=\"#hosts\">Hosts</a>");
            _html.Add($"<a href=\"#protocols\">Protocols</a>");
        }

        _html.Add($"</nav>\n</header>\n");
    }

    private void AddNames(IReadOnlyCollection<string> names, string what)
    {
        const int Shown = 3;
        if (names.Count == 0)
        {
            return;
        }

        _html.Add($" · {what}");
        string separator = "";
        foreach (string name in names.Take(Shown))
        {
            _html.Add($"{separator}<bdi>{name}</bdi>");
            separator = ", ";
        }

        if (names.Count > Shown)
        {
            _html.Add($" and {names.Count - Shown} more");
        }
    }

    private void AddTiles()
    {
        FlowCounts sum = default;
        foreach (FlowClass flowClass in ReportChart.Classes)
        {
            sum += _report.CountsOf(flowClass);
        }

        LinkTotals links = _report.Devices.Values.Aggregate(default(LinkTotals), (a, b) => a + b);
        bool hasFlows = _report.FlowCount > 0;
        _html.Add($"<dl class=\"tiles\">\n");
        AddBytesTile("Total", hasFlows ? sum.TotalBytes : links.TxBytes + links.RxBytes);
        AddBytesTile("Sent", hasFlows ? sum.TxBytes : links.TxBytes);
        AddBytesTile("Received", hasFlows ? sum.RxBytes : links.RxBytes);
        if (hasFlows)
        {
            AddTile("Packets", sum.TotalPackets, isLeast: false);
            bool isLeast = _report.Connections.MaxMissing > 0 || _report.HasSummedConnections;
            AddTile("Connections", (ulong)_report.Connections.Count, isLeast);
            AddTile("Hosts", (ulong)_report.Hosts.Count, _report.Hosts.MaxMissing > 0);
        }

        if (_report.SampleCount > 0)
        {
            AddTile("Dropped", links.TxDropped + links.RxDropped, isLeast: false);
            AddTile("Damaged", links.TxErrors + links.RxErrors, isLeast: false);
        }

        _html.Add($"</dl>\n");
    }

    private void AddBytesTile(string name, double bytes) =>
        _html.Add($"<div><dt>{name}</dt><dd title=\"{Number(bytes)} bytes\">{SizeText.Bytes(bytes)}</dd></div>\n");

    private void AddTile(string name, ulong count, bool isLeast)
    {
        string text = (isLeast ? "at least " : "") + (count < 1_000_000 ? Number(count) : SizeText.Count(count));
        _html.Add($"<div><dt>{name}</dt><dd title=\"{Number(count)}\">{text}</dd></div>\n");
    }

    private void AddFooter(DateTimeOffset? created)
    {
        _html.Add($"<footer>\n<ul>\n<li>Bytes are those of whole IP packets. Sent and received are seen from the ");
        _html.Add($"node that counted. Times are UTC.</li>\n");
        if (_report.Nodes.Count > 1)
        {
            _html.Add($"<li>Several nodes logged: a connection between two of them counts once for each.</li>\n");
        }

        if (!_report.CountsOf(FlowClass.Physical).IsZero)
        {
            _html.Add($"<li>Physical traffic is the tunnel's own packets between endpoints: the same bytes again, ");
            _html.Add($"encrypted. It is in the table of classes and in no other figure.</li>\n");
        }

        if (_report.BytesWithoutTime > 0)
        {
            _html.Add($"<li>{SizeText.Bytes(_report.BytesWithoutTime)} have no valid time and are not in the ");
            _html.Add($"chart.</li>\n");
        }

        ulong missing = Math.Max(
            Math.Max(_report.Connections.MaxMissing, _report.Pairs.MaxMissing),
            Math.Max(_report.Peers.MaxMissing, _report.Hosts.MaxMissing));
        if (missing > 0)
        {
            _html.Add($"<li>There was more than the lists hold: the smallest were left out, and an entry may be up ");
            _html.Add($"to {SizeText.Bytes(missing)} too small. Sums and chart are exact.</li>\n");
        }

        if (_report.CommonSuffix.Length > 0)
        {
            _html.Add($"<li>Names are written without <bdi>{_report.CommonSuffix}</bdi>.</li>\n");
        }

        if (created is { } time)
        {
            string text = time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
            _html.Add($"<li>Made by TunStats on {text}.</li>\n");
        }

        _html.Add($"</ul>\n</footer>\n<script>");
        _html.AddConstant(_style.Script);
        _html.Add($"</script>\n</body>\n</html>\n");
    }

    private static string Duration(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time switch
    {
        { TotalSeconds: < 120 } => $"{time.TotalSeconds:0.#} s",
        { TotalMinutes: < 120 } => $"{time.TotalMinutes:0.#} min",
        { TotalHours: < 48 } => $"{time.TotalHours:0.#} h",
        _ => $"{time.TotalDays:0.#} days",
    }}");
}
