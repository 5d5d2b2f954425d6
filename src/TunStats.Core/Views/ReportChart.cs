using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using TunStats.Flows;
using TunStats.IO;

namespace TunStats.Views;

/// <summary>
/// Charts over time: what was sent above the axis, what was received below it, classes stacked. Shapes stretch with
/// the page, texts do not.
/// </summary>
internal sealed class ReportChart
{
    /// <summary>The classes that add up to all traffic, in the order in which they are stacked.</summary>
    internal static readonly FlowClass[] Classes =
        [FlowClass.Virtual, FlowClass.Subnet, FlowClass.Exit, FlowClass.None];

    private const int MaxTicks = 8;

    // Below it are the times.
    private const double PlotShare = 90;

    private static readonly long[] TickSeconds =
    [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
        1_209_600, 2_419_200, 7_257_600, 29_030_400, 145_152_000, 290_304_000, 1_451_520_000,
    ];

    private readonly TunReport _report;
    private readonly HtmlText _html;
    private readonly double _start;
    private readonly double _seconds;

    internal ReportChart(TunReport report, HtmlText html)
    {
        _report = report;
        _html = html;
        TimeSeries[] series = [.. new[] { report.Traffic, report.Links }.Where(s => !s.IsEmpty)];
        _start = series.Length == 0 ? 0 : series.Min(s => s.Start);
        _seconds = series.Length == 0 ? 1 : series.Max(s => s.End) - _start;
    }

    private bool HasFlows => _report.FlowCount > 0;

    /// <summary>Adds traffic over time by class.</summary>
    internal void AddTraffic()
    {
        TimeSeries series = HasFlows ? _report.Traffic : _report.Links;
        List<Layer> layers = HasFlows
            ? [.. Classes.Select(c => new Layer(
                NameOf(c), TunReport.IndexOf(c), TunReport.IndexOf(c), TunReport.ClassCount + TunReport.IndexOf(c)))]
            : [new Layer("All traffic", 0, LinkSeries.TxBytes, LinkSeries.RxBytes)];
        layers.RemoveAll(layer => !Enumerable.Range(0, series.Count).Any(
            i => series.Amount(i, layer.Up) + series.Amount(i, layer.Down) > 0));
        _html.Add($"<section id=\"time\" aria-labelledby=\"h-time\">\n<div class=\"head\"><h2 id=\"h-time\">");
        _html.Add($"Traffic over time{(HasFlows ? " by class" : "")}</h2><p class=\"note\">sent above the line, ");
        _html.Add($"received below it</p></div>\n");
        if (layers.Count == 0)
        {
            _html.Add($"<p class=\"note\">There is no traffic with a time.</p>\n");
        }
        else
        {
            _html.Add($"<figure aria-label=\"Traffic over time\">\n");
            AddChart("chart", series, layers, SizeText.Bytes, "/s", "Bytes per second over time, sent and received");
            _html.Add($"<ul class=\"legend\" aria-hidden=\"true\">");
            foreach (Layer layer in layers)
            {
                _html.Add($"<li>");
                AddSwatch(layer.Colour);
                _html.Add($"{layer.Name}</li>");
            }

            _html.Add($"</ul>\n</figure>\n");
            AddTable("Bytes", series, layers, SizeText.Bytes, "sent", "received");
        }

        if (HasFlows)
        {
            AddClasses();
        }

        _html.Add($"</section>\n");
    }

    /// <summary>Adds the drops of devices over time and in all.</summary>
    internal void AddDevices()
    {
        _html.Add($"<section id=\"devices\" aria-labelledby=\"h-devices\">\n<div class=\"head\"><h2 id=\"h-devices\">");
        _html.Add($"Packets that devices dropped</h2></div>\n");
        if (_report.SampleCount == 0)
        {
            _html.Add($"<p class=\"note\">No samples of a device were given. Add those of Start-TunStatsPoller or of ");
            _html.Add($"<code>tunstats poll --json</code> to see its drops beside the traffic.</p>\n</section>\n");
            return;
        }

        TimeSeries series = _report.Links;
        List<Layer> layers = [new Layer("Dropped", -1, LinkSeries.TxDropped, LinkSeries.RxDropped)];
        bool hasDrops = _report.Devices.Values.Any(device => device.TxDropped + device.RxDropped > 0);
        if (hasDrops && !series.IsEmpty)
        {
            _html.Add($"<figure aria-label=\"Packets dropped over time\">\n");
            AddChart(
                "chart drops", series, layers, SizeText.Count, "/s",
                "Packets dropped per second over time: before they were sent above the line, received below it");
            _html.Add($"<figcaption>Dropped before they were sent above the line, received and dropped below ");
            _html.Add($"it.</figcaption>\n</figure>\n");
            AddTable("Packets dropped", series, layers, SizeText.Count, "before sent", "received");
        }
        else
        {
            _html.Add($"<p class=\"note\">None was dropped.</p>\n");
        }

        _html.Add($"<div class=\"scroll\" role=\"region\" aria-label=\"Devices\" tabindex=\"0\">\n<table>");
        _html.Add($"<thead><tr><th scope=\"col\">Device</th><th scope=\"col\" class=\"n\">Sent</th>");
        _html.Add($"<th scope=\"col\" class=\"n\">Received</th><th scope=\"col\" class=\"n\">Dropped before sent</th>");
        _html.Add($"<th scope=\"col\" class=\"n\">Received, dropped</th><th scope=\"col\" class=\"n\">Damaged</th>");
        _html.Add($"</tr></thead>\n<tbody>\n");
        foreach ((string name, LinkTotals totals) in _report.Devices)
        {
            _html.Add($"<tr><th scope=\"row\"><bdi>{name}</bdi></th>");
            _html.Add($"<td class=\"n\">{SizeText.Bytes(totals.TxBytes)}</td>");
            _html.Add($"<td class=\"n\">{SizeText.Bytes(totals.RxBytes)}</td>");
            _html.Add($"<td class=\"n\">{ReportPage.Number(totals.TxDropped)}</td>");
            _html.Add($"<td class=\"n\">{ReportPage.Number(totals.RxDropped)}</td>");
            _html.Add($"<td class=\"n\">{ReportPage.Number(totals.TxErrors + totals.RxErrors)}</td></tr>\n");
        }

        _html.Add($"</tbody></table></div>\n</section>\n");
    }

    internal static string NameOf(FlowClass flowClass) => flowClass switch
    {
        FlowClass.None or FlowClass.Unknown => "Unclassified",
        _ => FlowClassNames.Of(flowClass),
    };

    private static string Invariant(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private void AddClasses()
    {
        _html.Add($"<div class=\"scroll\" role=\"region\" aria-label=\"Classes\" tabindex=\"0\">\n<table>");
        _html.Add($"<thead><tr><th scope=\"col\">Class</th><th scope=\"col\" class=\"n\">Sent</th>");
        _html.Add($"<th scope=\"col\" class=\"n\">Received</th><th scope=\"col\" class=\"n\">Total</th>");
        _html.Add($"<th scope=\"col\" class=\"n\">Share</th><td class=\"barcell\"></td></tr></thead>\n<tbody>\n");
        double all = Classes.Sum(c => (double)_report.CountsOf(c).TotalBytes);
        foreach (FlowClass flowClass in (FlowClass[])[.. Classes, FlowClass.Physical])
        {
            FlowCounts counts = _report.CountsOf(flowClass);
            if (counts.IsZero)
            {
                continue;
            }

            string share = flowClass == FlowClass.Physical ? "below the tunnel"
                : all > 0 ? string.Create(CultureInfo.InvariantCulture, $"{counts.TotalBytes / all:0.0 %}")
                : "";
            _html.Add($"<tr><th scope=\"row\">{NameOf(flowClass)}</th>");
            _html.Add($"<td class=\"n\">{SizeText.Bytes(counts.TxBytes)}</td>");
            _html.Add($"<td class=\"n\">{SizeText.Bytes(counts.RxBytes)}</td>");
            _html.Add($"<td class=\"n\">{SizeText.Bytes(counts.TotalBytes)}</td><td class=\"n\">{share}</td>");
            _html.Add($"<td class=\"barcell\">");
            if (flowClass != FlowClass.Physical)
            {
                int colour = TunReport.IndexOf(flowClass);
                string width = Invariant(all > 0 ? counts.TotalBytes * 100 / all : 0);
                _html.Add($"<svg class=\"bar\" aria-hidden=\"true\"><rect class=\"c{colour}\" height=\"8\" ");
                _html.Add($"width=\"{width}%\"/></svg>");
            }

            _html.Add($"</td></tr>\n");
        }

        _html.Add($"</tbody></table></div>\n");
    }

    private void AddSwatch(int colour)
    {
        _html.Add($"<svg class=\"swatch\" width=\"14\" height=\"14\" aria-hidden=\"true\"><rect class=\"c{colour}\" ");
        _html.Add($"width=\"14\" height=\"14\"/><rect width=\"14\" height=\"14\" fill=\"url(#p{colour})\"/></svg>");
    }

    private void AddChart(
        string style,
        TimeSeries series,
        List<Layer> layers,
        Func<double, string> format,
        string unit,
        string description)
    {
        double seconds = series.BucketSeconds;
        double highestUp = 0, highestDown = 0;
        for (int i = 0; i < series.Count; i++)
        {
            highestUp = Math.Max(highestUp, layers.Sum(layer => series.Amount(i, layer.Up)) / seconds);
            highestDown = Math.Max(highestDown, layers.Sum(layer => series.Amount(i, layer.Down)) / seconds);
        }

        // One scale for both directions; each has the height that it needs.
        double all = (highestUp + highestDown) * 1.04;
        _html.Add($"<svg class=\"{style}\" role=\"img\" ");
        _html.Add($"aria-label=\"{description}; the table below has the figures\">");
        AddPatterns();
        AddTimeAxis();
        _html.Add($"<svg viewBox=\"0 0 1000 200\" preserveAspectRatio=\"none\" width=\"100%\" ");
        _html.Add($"height=\"{PlotShare}%\">\n");
        double axis = all > 0 ? 200 * ((highestUp * 1.02) / all) : 100;
        AddLayers(series, layers, axis, 200 / (all * seconds));
        AddHits(series, layers, format, unit);
        _html.Add($"</svg>\n");
        AddLine("axis", axis / 200, null);
        double wanted = all / (style == "chart" ? 4 : 2);
        double step = format == SizeText.Bytes ? Math.Pow(2, Math.Floor(Math.Log2(wanted))) : RoundDown(wanted);
        for (double value = step; value <= Math.Max(highestUp, highestDown); value += step)
        {
            if (value <= highestUp)
            {
                AddLine("grid", (axis / 200) - (value / all), format(value) + unit);
            }

            if (value <= highestDown)
            {
                AddLine("grid", (axis / 200) + (value / all), format(value) + unit);
            }
        }

        _html.Add($"</svg>\n");
    }

    private void AddLine(string css, double share, string? text)
    {
        string y = Invariant(share * PlotShare);
        _html.Add($"<line class=\"{css}\" x1=\"0\" x2=\"100%\" y1=\"{y}%\" y2=\"{y}%\"/>");
        if (text is not null)
        {
            _html.Add($"<text class=\"scale\" x=\"4\" y=\"{y}%\" dy=\"-3\">{text}</text>\n");
        }
    }

    private void AddPatterns()
    {
        _html.Add($"<defs>");
        _html.Add($"<pattern id=\"p1\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\">");
        _html.Add($"<path class=\"hatch\" d=\"M0 7L7 0\"/></pattern>");
        _html.Add($"<pattern id=\"p2\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">");
        _html.Add($"<path class=\"hatch\" d=\"M0 3H6\"/></pattern>");
        _html.Add($"<pattern id=\"p4\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">");
        _html.Add($"<path class=\"hatch\" d=\"M3 0V6\"/></pattern></defs>\n");
    }

    /// <summary>Each layer is an area of steps, above and below the axis.</summary>
    private void AddLayers(TimeSeries series, List<Layer> layers, double axis, double scale)
    {
        double[] up = new double[series.Count], down = new double[series.Count];
        foreach (Layer layer in layers)
        {
            AddArea(series, layer, up, layer.Up, axis, -scale);
            AddArea(series, layer, down, layer.Down, axis, scale);
        }
    }

    private void AddArea(TimeSeries series, Layer layer, double[] sums, int amount, double axis, double scale)
    {
        var path = new StringBuilder();
        for (int from = 0; from < sums.Length; from++)
        {
            if (series.Amount(from, amount) == 0)
            {
                continue;
            }

            int to = from;
            while (to + 1 < sums.Length && series.Amount(to + 1, amount) > 0)
            {
                to++;
            }

            path.Append('M').Append(Invariant(X(series, from))).Append(' ');
            path.Append(Invariant(axis + (sums[from] * scale)));
            for (int i = from; i <= to; i++)
            {
                AppendStep(path, X(series, i + 1), axis + ((sums[i] + series.Amount(i, amount)) * scale));
            }

            for (int i = to; i >= from; i--)
            {
                AppendStep(path, X(series, i), axis + (sums[i] * scale));
                sums[i] += series.Amount(i, amount);
            }

            path.Append('Z');
            from = to;
        }

        if (path.Length > 0)
        {
            string css = layer.Colour < 0 ? "bad" : $"c{layer.Colour}";
            _html.Add($"<path class=\"{css}\" d=\"");
            _html.AddConstant(path.ToString());
            _html.Add($"\"/>");
            if (layer.Colour > 0)
            {
                _html.Add($"<path fill=\"url(#p{layer.Colour})\" d=\"");
                _html.AddConstant(path.ToString());
                _html.Add($"\"/>");
            }

            _html.Add($"\n");
        }
    }

    private static void AppendStep(StringBuilder path, double x, double y) =>
        path.Append('V').Append(Invariant(y)).Append('H').Append(Invariant(x));

    /// <summary>Invisible columns that say what is in them when they are pointed at.</summary>
    private void AddHits(TimeSeries series, List<Layer> layers, Func<double, string> format, string unit)
    {
        double seconds = series.BucketSeconds;
        for (int i = 0; i < series.Count; i++)
        {
            double up = layers.Sum(layer => series.Amount(i, layer.Up));
            double down = layers.Sum(layer => series.Amount(i, layer.Down));
            if (up + down > 0)
            {
                double x = X(series, i);
                _html.Add($"<rect class=\"hit\" x=\"{Invariant(x)}\" width=\"{Invariant(X(series, i + 1) - x)}\" ");
                _html.Add($"height=\"200\"><title>{TimeText(series.Start + (i * series.BucketSeconds), "u")}\n");
                _html.Add($"above {format(up / seconds)}{unit}, below {format(down / seconds)}{unit}</title></rect>\n");
            }
        }
    }

    private double X(TimeSeries series, int bucket) =>
        (series.Start + (bucket * series.BucketSeconds) - _start) * 1000 / _seconds;

    private void AddTimeAxis()
    {
        long step = TickSeconds.FirstOrDefault(s => _seconds / s <= MaxTicks, TickSeconds[^1]);
        bool isOdd = false;
        for (double time = Math.Ceiling(_start / step) * step; time <= _start + _seconds; time += step)
        {
            double share = (time - _start) * 100 / _seconds;
            string anchor = share < 3 ? "start" : share > 97 ? "end" : "middle";
            string text = step >= 86_400 || (time % 86_400 == 0 && _seconds > 86_400) ? TimeText(time, "MMM d")
                : TimeText(time, step < 60 ? "HH:mm:ss" : "HH:mm");
            string css = isOdd ? "odd" : "even";
            string x = Invariant(share);
            _html.Add($"<line class=\"grid\" x1=\"{x}%\" x2=\"{x}%\" y2=\"{PlotShare}%\"/>");
            _html.Add($"<text class=\"{css}\" x=\"{x}%\" y=\"100%\" text-anchor=\"{anchor}\">{text}</text>\n");
            isOdd = !isOdd;
        }
    }

    private void AddTable(
        string what, TimeSeries series, List<Layer> layers, Func<double, string> format, string up, string down)
    {
        _html.Add($"<details><summary>{what} over time as a table</summary>\n");
        _html.Add($"<div class=\"scroll\" role=\"region\" aria-label=\"{what} over time\" tabindex=\"0\">\n<table>");
        string spread = series.IsSpread ? "; windows over several rows are spread evenly" : "";
        _html.Add($"<thead><tr><th scope=\"col\">From (UTC), {series.BucketSeconds} s each{spread}</th>");
        foreach (Layer layer in layers)
        {
            _html.Add($"<th scope=\"col\" class=\"n\">{layer.Name}, {up}</th>");
            _html.Add($"<th scope=\"col\" class=\"n\">{layer.Name}, {down}</th>");
        }

        _html.Add($"</tr></thead>\n<tbody>\n");
        for (int i = 0; i < series.Count; i++)
        {
            string time = TimeText(series.Start + (i * series.BucketSeconds), "yyyy-MM-dd HH:mm:ss");
            _html.Add($"<tr><td class=\"t\">{time}</td>");
            foreach (Layer layer in layers)
            {
                _html.Add($"<td class=\"n\">{format(series.Amount(i, layer.Up))}</td>");
                _html.Add($"<td class=\"n\">{format(series.Amount(i, layer.Down))}</td>");
            }

            _html.Add($"</tr>\n");
        }

        _html.Add($"</tbody></table></div></details>\n");
    }

    private static string TimeText(double seconds, string format) =>
        DateTime.UnixEpoch.AddSeconds(seconds).ToString(format, CultureInfo.InvariantCulture);

    /// <summary>The largest round number that is no larger.</summary>
    private static double RoundDown(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return (value >= 5 * power ? 5 : value >= 2 * power ? 2 : 1) * power;
    }

    private readonly record struct Layer(string Name, int Colour, int Up, int Down);
}
