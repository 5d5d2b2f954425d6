using System;
using System.Globalization;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Net;

namespace TunStats.Views;

/// <summary>The tables of a report: largest first, with a bar for the share of all bytes.</summary>
internal sealed class ReportTables(TunReport report, HtmlText html)
{
    private const int MaxConnections = 50;
    private const int MaxGroups = 25;

    private double AllBytes { get; } = SumOf(report);

    /// <summary>Adds the largest connections.</summary>
    internal void AddConnections()
    {
        Begin("connections", "Top connections", "tall", report.Connections.Count, MaxConnections);
        html.Add($"<table class=\"sort\"><thead><tr><th scope=\"col\">Connection</th><th scope=\"col\">Class</th>");
        AddCountHeads();
        ulong largest = 0;
        foreach ((ReportConnection connection, FlowGroupSum sum) in report.Connections.Largest(MaxConnections))
        {
            largest = Math.Max(largest, sum.Counts.TotalBytes);
            html.Add($"<tr><th scope=\"row\" class=\"long\">");
            if (connection.Protocol.Number != 0)
            {
                html.Add($"<span class=\"tag\">{connection.Protocol.DisplayName}</span> ");
            }

            html.Add($"<span class=\"end\">");
            AddEnd(connection.Source);
            html.Add($"</span> <span class=\"end\">→ ");
            AddEnd(connection.Destination);
            html.Add($"</span></th><td>{ReportChart.NameOf(connection.Class)}</td>");
            AddCounts(sum.Counts, largest);
        }

        End();
    }

    /// <summary>Adds sums by what connections have in common.</summary>
    internal void AddGroups(string id, string title, string column, FlowGroups groups)
    {
        Begin(id, title, "half", groups.Count, MaxGroups);
        html.Add($"<table class=\"sort\"><thead><tr><th scope=\"col\">{column}</th>");
        AddCountHeads();
        ulong largest = 0;
        foreach ((FlowGroupKey key, FlowGroupSum sum) in groups.Largest(MaxGroups))
        {
            largest = Math.Max(largest, sum.Counts.TotalBytes);
            html.Add($"<tr><th scope=\"row\">");
            if (groups.GroupBy is FlowGrouping.Host or FlowGrouping.Peer)
            {
                AddHost(key.IsRest ? default : key.Address);
            }
            else
            {
                string text = key.ToText(groups.GroupBy);
                bool isKnown = text.Length > 0 && key != FlowGroupKey.Of(default(IpProtocol));
                html.Add($"{(isKnown ? text : "(not recorded)")}");
            }

            html.Add($"</th>");
            AddCounts(sum.Counts, largest);
        }

        End();
    }

    /// <summary>Adds a host: its name and below it its address, or its address alone.</summary>
    internal void AddHost(IpAddr address)
    {
        if (report.FindName(address) is { } name)
        {
            html.Add($"<bdi>{name}</bdi> <span class=\"addr\">{address.ToString()}</span>");
        }
        else
        {
            html.Add($"{report.NameOf(address)}");
        }
    }

    internal void AddBytes(double bytes)
    {
        html.Add($"<td class=\"n\" data-v=\"{bytes:0}\" title=\"{ReportPage.Number(bytes)} bytes\">");
        html.Add($"{SizeText.Bytes(bytes)}</td>");
    }

    private static double SumOf(TunReport report)
    {
        double sum = 0;
        foreach (FlowClass flowClass in ReportChart.Classes)
        {
            sum += report.CountsOf(flowClass).TotalBytes;
        }

        return sum;
    }

    private void Begin(string id, string title, string css, int count, int max)
    {
        html.Add($"<section id=\"{id}\" class=\"{css}\" aria-labelledby=\"h-{id}\">\n<div class=\"head\">");
        html.Add($"<h2 id=\"h-{id}\">{title}</h2><p class=\"note\">");
        if (count > max)
        {
            html.Add($"the largest {max} of {ReportPage.Number(count)}");
        }
        else
        {
            html.Add($"{ReportPage.Number(count)} in all");
        }

        html.Add($"</p></div>\n<div class=\"scroll\" role=\"region\" aria-labelledby=\"h-{id}\" tabindex=\"0\">\n");
    }

    private void AddCountHeads()
    {
        html.Add($"<th scope=\"col\" class=\"n\">Sent</th><th scope=\"col\" class=\"n\">Received</th>");
        html.Add($"<th scope=\"col\" class=\"n\" aria-sort=\"descending\">Total</th>");
        html.Add($"<th scope=\"col\" class=\"n\">Share</th><td class=\"barcell\"></td></tr></thead>\n<tbody>\n");
    }

    private void AddCounts(in FlowCounts counts, ulong largest)
    {
        AddBytes(counts.TxBytes);
        AddBytes(counts.RxBytes);
        AddBytes(counts.TotalBytes);
        double share = AllBytes > 0 ? counts.TotalBytes / AllBytes : 0;
        string percent = share.ToString("0.0 %", CultureInfo.InvariantCulture);
        double width = largest > 0 ? counts.TotalBytes * 100.0 / largest : 0;
        html.Add($"<td class=\"n\" data-v=\"{counts.TotalBytes}\">{percent}</td><td class=\"barcell\">");
        html.Add($"<svg class=\"bar\" aria-hidden=\"true\"><rect class=\"c0\" height=\"8\" ");
        html.Add($"width=\"{width:0.##}%\"/></svg></td></tr>\n");
    }

    private void AddEnd(AddrPort end)
    {
        if (report.FindName(end.Address) is { } name)
        {
            string port = end.Port == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $":{end.Port}");
            html.Add($"<bdi>{name}</bdi>{port} <span class=\"addr\">{end.Address.ToString()}</span>");
        }
        else
        {
            html.Add($"{(end.IsValid ? end.Port == 0 ? end.Address.ToString() : end.ToString() : "(not recorded)")}");
        }
    }

    private void End() => html.Add($"</tbody></table></div>\n</section>\n");
}
