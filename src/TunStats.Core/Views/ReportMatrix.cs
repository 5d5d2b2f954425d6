using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Net;

namespace TunStats.Views;

/// <summary>
/// Who talks to whom: a matrix of the largest hosts, the sender's row and the receiver's column. Squares grow with the
/// bytes, in steps of ten times; the hosts that have no row of their own are one.
/// </summary>
internal sealed class ReportMatrix(TunReport report, HtmlText html, ReportTables tables)
{
    private const int WideHosts = 36;
    private const int NarrowHosts = 12;
    private const int HeadHeight = 16;
    private const int Steps = 5;
    private const int MaxPairs = 10;
    private const int MaxPairsOfTable = 500;

    // What is counted together is no host.
    private readonly List<IpAddr> _hosts =
        [.. report.Hosts.Largest(null).Where(host => !host.Key.IsRest).Select(host => host.Key.Address)];

    /// <summary>Adds the matrix and its tables.</summary>
    internal void Add()
    {
        html.Add($"<section id=\"who\" class=\"tall\" aria-labelledby=\"h-who\">\n<div class=\"head\">");
        html.Add($"<h2 id=\"h-who\">Who talks to whom</h2><p class=\"note\">{ReportPage.Number(_hosts.Count)} hosts; ");
        html.Add($"a row sends, the column of the same number receives</p></div>\n<div class=\"pair\">\n");
        if (_hosts.Count > 0)
        {
            AddMatrix("wide", WideHosts, labelWidth: 150, cellsWidth: 420);
            AddMatrix("narrow", NarrowHosts, labelWidth: 116, cellsWidth: 208);
        }

        List<KeyValuePair<(IpAddr From, IpAddr To), FlowGroupSum>> pairs = report.Pairs.Largest(MaxPairsOfTable);
        html.Add($"<div>\n");
        AddTable(pairs.Take(MaxPairs), "The largest, one direction each");
        if (pairs.Count > MaxPairs)
        {
            string which = report.Pairs.Count > MaxPairsOfTable ? $"The largest {MaxPairsOfTable}" : "All";
            html.Add($"<details><summary>{which} ");
            html.Add($"of {ReportPage.Number(report.Pairs.Count)} directions as a table</summary>\n");
            AddTable(pairs, "By bytes");
            html.Add($"</details>\n");
        }

        html.Add($"</div>\n</div>\n</section>\n");
    }

    private void AddMatrix(string css, int max, int labelWidth, int cellsWidth)
    {
        IpAddr[] hosts = [.. _hosts.Take(max)];
        bool hasOthers = _hosts.Count > hosts.Length;
        int count = hosts.Length + (hasOthers ? 1 : 0);
        int cell = Math.Clamp(cellsWidth / count, 16, 26);
        ulong[,] bytes = Sum(hosts, count);
        ulong highest = bytes.Cast<ulong>().Max();
        int width = labelWidth + (count * cell) + 2, height = HeadHeight + (count * cell) + 4;
        html.Add($"<figure class=\"{css}\" aria-label=\"Matrix of hosts\">\n<div class=\"scroll\" role=\"region\" ");
        html.Add($"aria-label=\"Matrix of hosts\" tabindex=\"0\">");
        html.Add($"<svg class=\"matrix\" width=\"{width}\" height=\"{height}\" role=\"img\" ");
        html.Add($"aria-label=\"Bytes from {count} hosts to each other; the table has the figures\">\n");
        for (int row = 0; row < count; row++)
        {
            string name = row < hosts.Length ? report.NameOf(hosts[row])
                : $"{ReportPage.Number(_hosts.Count - hosts.Length)} other hosts";
            AddRow(row, count, name, cell, labelWidth);
            for (int column = 0; column < count; column++)
            {
                AddCell(bytes[row, column], highest, row, column, cell, labelWidth);
            }
        }

        html.Add($"</svg></div>\n<figcaption>");
        AddLegend(highest);
        html.Add($"</figcaption></figure>\n");
    }

    private void AddRow(int row, int count, string name, int cell, int labelWidth)
    {
        int y = HeadHeight + (row * cell), most = (labelWidth - 30) / 6;
        if (row % 2 == 0)
        {
            html.Add($"<rect class=\"row\" y=\"{y}\" width=\"{labelWidth + (count * cell)}\" height=\"{cell}\"/>");
        }

        int x = labelWidth + (row * cell);
        html.Add($"<rect class=\"self\" x=\"{x}\" y=\"{y}\" width=\"{cell}\" height=\"{cell}\"/>");
        html.Add($"<text class=\"column\" x=\"{x + (cell / 2)}\" y=\"11\" text-anchor=\"middle\">{row + 1}</text>");
        html.Add($"<text x=\"18\" y=\"{y + (cell / 2) + 4}\" text-anchor=\"end\">{row + 1}</text>");
        string shown = name.Length <= most ? name : $"{name.AsSpan(0, most - 1)}…";
        html.Add($"<text class=\"name\" x=\"24\" y=\"{y + (cell / 2) + 4}\">{shown}<title>{name}</title></text>\n");
    }

    private void AddCell(ulong bytes, ulong highest, int row, int column, int cell, int labelWidth)
    {
        if (bytes == 0)
        {
            return;
        }

        int side = StepOf(bytes, highest) * (cell - 4) / Steps, margin = (cell - side) / 2;
        int x = labelWidth + (column * cell) + margin, y = HeadHeight + (row * cell) + margin;
        html.Add($"<rect class=\"c0\" x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"{side}\" rx=\"2\">");
        html.Add($"<title>{row + 1} to {column + 1}: {SizeText.Bytes(bytes)}</title></rect>\n");
    }

    private void AddLegend(ulong highest)
    {
        html.Add($"<ul class=\"legend\">");
        double above = highest;
        for (int step = Steps; step >= 1; step--)
        {
            int side = 2 + (step * 2);
            html.Add($"<li><svg width=\"{side}\" height=\"{side}\" aria-hidden=\"true\">");
            html.Add($"<rect class=\"c0\" width=\"{side}\" height=\"{side}\" rx=\"2\"/></svg>");
            if (step > 1)
            {
                html.Add($"over {SizeText.Bytes(above / 10)}</li>");
            }
            else
            {
                html.Add($"less</li>");
            }

            above /= 10;
        }

        html.Add($"</ul>");
    }

    private static int StepOf(ulong bytes, ulong highest)
    {
        int step = Steps;
        for (double above = highest; step > 1 && bytes <= above / 10; above /= 10)
        {
            step--;
        }

        return step;
    }

    private ulong[,] Sum(IpAddr[] hosts, int count)
    {
        ulong[,] bytes = new ulong[count, count];
        Dictionary<IpAddr, int> indexes = [];
        foreach (IpAddr host in hosts)
        {
            indexes.Add(host, indexes.Count);
        }

        foreach (((IpAddr from, IpAddr to), FlowGroupSum sum) in report.Pairs.Largest())
        {
            int row = indexes.GetValueOrDefault(from, hosts.Length);
            int column = indexes.GetValueOrDefault(to, hosts.Length);
            if (row < count && column < count)
            {
                bytes[row, column] += sum.Counts.TotalBytes;
            }
        }

        return bytes;
    }

    private void AddTable(IEnumerable<KeyValuePair<(IpAddr From, IpAddr To), FlowGroupSum>> pairs, string caption)
    {
        html.Add($"<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n");
        html.Add($"<table class=\"sort\"><caption>{caption}</caption><thead><tr>");
        html.Add($"<th scope=\"col\">From</th><th scope=\"col\">To</th>");
        html.Add($"<th scope=\"col\" class=\"n\">Packets</th>");
        html.Add($"<th scope=\"col\" class=\"n\" aria-sort=\"descending\">Bytes</th></tr></thead>\n<tbody>\n");
        foreach (((IpAddr from, IpAddr to), FlowGroupSum sum) in pairs)
        {
            html.Add($"<tr><th scope=\"row\">");
            tables.AddHost(from);
            html.Add($"</th><td class=\"host\">");
            tables.AddHost(to);
            html.Add($"</td><td class=\"n\" data-v=\"{sum.Counts.TotalPackets}\">");
            html.Add($"{ReportPage.Number(sum.Counts.TotalPackets)}</td>");
            tables.AddBytes(sum.Counts.TotalBytes);
            html.Add($"</tr>\n");
        }

        html.Add($"</tbody></table></div>\n");
    }
}
