using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using TunStats.Flows;
using TunStats.IO;

namespace TunStats.Views;

/// <summary>Draws the live view: a pure function from what there is to show to lines.</summary>
internal sealed class LiveScreen
{
    private const string Plain = "\u001b[0m";
    private const string Bold = "\u001b[1m";
    private const string Inverse = "\u001b[7m";
    private const string Cyan = "\u001b[36m";
    private const string Yellow = "\u001b[93m";
    private const int Minutes = 5;
    private const int RateWidth = 10;

    private static readonly string[] Help =
    [
        "",
        "  q          quit",
        "  p, space   pause the screen; counting goes on",
        "  s          sort by rate, sent, received, total, name",
        "  g          sum by host, peer, port, class, protocol, or show connections",
        "  /          show rows with a text: an address, a name, a port; Esc shows all",
        "  d          show the next device, or the sum of all",
        "  n          names or addresses",
        "  arrows     scroll; PgUp, PgDn, Home",
        "",
        "  Rates are bytes per second: Sent and Received of the last second, Rate",
        "  of both over ten seconds. Tx is what the kernel hands to the device.",
        "  Drops are packets that the device dropped, in either direction.",
        "",
        "  Any key closes this.",
    ];

    private readonly LiveFrame _frame;
    private readonly LiveSettings _settings;
    private readonly LiveStyle _style;
    private readonly int _width;
    private readonly int _height;
    private readonly List<string> _lines = [];

    private LiveScreen(LiveFrame frame, LiveSettings settings, int width, int height, LiveStyle style) =>
        (_frame, _settings, _width, _height, _style) = (frame, settings, width, height, style);

    /// <summary>Draws a frame.</summary>
    /// <returns>As many lines as the screen has, each as wide as the screen, without line ends.</returns>
    internal static IReadOnlyList<string> Draw(
        LiveFrame frame, LiveSettings settings, int width, int height, LiveStyle style)
    {
        var screen = new LiveScreen(frame, settings, Math.Max(width, 20), Math.Max(height, 3), style);
        screen.DrawAll();
        return style.IsUnicode ? screen._lines : screen._lines.ConvertAll(ToAscii);
    }

    private void DrawAll()
    {
        DrawHead();
        if (_settings.IsHelpShown)
        {
            foreach (string line in Help)
            {
                Add(line);
            }
        }
        else
        {
            // A low screen is for the connections.
            if (_height >= 12)
            {
                DrawHistory();
                DrawClasses();
            }

            DrawRows();
        }

        if (_lines.Count > _height - 1)
        {
            _lines.RemoveRange(_height - 1, _lines.Count - (_height - 1));
        }

        while (_lines.Count < _height - 1)
        {
            Add("");
        }

        DrawFoot();
    }

    private void DrawHead()
    {
        string time = _frame.Time.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        string right = _settings.IsPaused ? $" PAUSED {time}" : $" {time}";
        string left = $"{_frame.Device.Name}  {_frame.Device.State}";
        _lines.Add(Bold + CellText.Fit(left, _width - right.Length) + right + Plain);
    }

    private void DrawHistory()
    {
        DrawSpark("Rx", _frame.Device.RxRates, Rate, "");
        DrawSpark("Tx", _frame.Device.TxRates, Rate, "");
        bool isDropping = _frame.Device.DropRates.Count > 0 && _frame.Device.DropRates[^1] > 0;
        string total = $"{_frame.Device.Drops.ToString(CultureInfo.InvariantCulture)} in all";
        DrawSpark(isDropping ? "Drop!" : "Drop", _frame.Device.DropRates, rate => $"{SizeText.Count(rate)}/s", total);
    }

    private void DrawSpark(string name, IReadOnlyList<double> values, Func<double, string> format, string total)
    {
        double now = values.Count > 0 ? values[^1] : 0, highest = 0;
        int cells = Math.Max(8, _width - 6 - 12 - 24);
        int perCell = ((Minutes * 60) + cells - 1) / cells;
        for (int i = Math.Max(0, values.Count - (cells * perCell)); i < values.Count; i++)
        {
            highest = Math.Max(highest, values[i]);
        }

        string spark = Sparkline.Draw(values, cells, perCell, _style.IsUnicode);
        string end = total.Length > 0 ? total : $"max {format(highest)}";
        bool isBad = name == "Drop!";
        string text = CellText.Fit(name, 6) + CellText.Fit(format(now), 11, isRight: true) + " " + spark + "  "
            + CellText.Fit($"{end}, {Minutes} min", 22);
        text = CellText.Fit(text, _width);
        _lines.Add(!_style.HasColour ? text
            : isBad ? Yellow + text + Plain
            : text.Replace(spark, Cyan + spark + Plain, StringComparison.Ordinal));
    }

    private void DrawClasses()
    {
        double all = _frame.Classes.Sum(c => c.Rate);
        IEnumerable<string> parts = _frame.Classes.Select(c => string.Create(
            CultureInfo.InvariantCulture,
            $"{ReportChart.NameOf(c.Class)} {Rate(c.Rate)} {(all > 0 ? c.Rate / all : 0):0 %}"));
        Add(_frame.Classes.Count == 0 ? "No traffic yet" : string.Join("   ", parts));
    }

    private void DrawRows()
    {
        bool isSum = _settings.GroupBy is not null;
        List<Column> columns = Columns(isSum);
        Column sorted = columns.Find(c => c.Sort == _settings.Sort);
        string mark = _style.IsUnicode ? "▼" : "v";
        string head = string.Join(" ", columns.Select(c => CellText.Fit(
            c == sorted ? c.IsRight ? mark + c.Name : c.Name + mark : c.Name, c.Width, c.IsRight)));
        _lines.Add(Inverse + CellText.Fit(head, _width) + Plain);
        int room = _height - 1 - _lines.Count;
        int first = Math.Clamp(_settings.Scroll, 0, Math.Max(0, _frame.Rows.Count - room));
        foreach (LiveRow row in _frame.Rows.Skip(first).Take(Math.Max(0, room)))
        {
            Add(string.Join(" ", columns.Select(c => CellText.Fit(c.Text(row), c.Width, c.IsRight))));
        }

        if (_frame.Rows.Count == 0)
        {
            Add(_settings.Filter.Length > 0 ? $"No row has '{_settings.Filter}'." : "");
        }
    }

    private List<Column> Columns(bool isSum)
    {
        List<Column> right =
        [
            new("Sent/s", RateWidth, LiveSort.Sent, row => SizeText.Bytes(row.TxRate)),
            new("Received/s", RateWidth, LiveSort.Received, row => SizeText.Bytes(row.RxRate)),
        ];
        if (_width >= 72 || isSum)
        {
            right.Add(new("Rate", RateWidth, LiveSort.Rate, row => SizeText.Bytes(row.Rate)));
        }

        if (_width >= 100 || (isSum && _width >= 72))
        {
            right.Add(new("Total", RateWidth, LiveSort.Total, row => SizeText.Bytes(row.Total)));
        }

        List<Column> left = [];
        if (isSum)
        {
            right.Insert(0, new("Conns", 7, null, row => row.Connections.ToString(CultureInfo.InvariantCulture)));
        }
        else
        {
            left.Add(new("Proto", 6, null, row => row.Proto, IsRight: false));
            if (_width >= 80)
            {
                right.Insert(0, new("Class", 8, null, row => ClassName(row.Class), IsRight: false));
            }
        }

        int rest = _width - right.Sum(c => c.Width + 1) - left.Sum(c => c.Width + 1);
        if (isSum)
        {
            left.Add(new(NameOf(_settings.GroupBy!.Value), rest, LiveSort.Name, row => row.From, IsRight: false));
        }
        else
        {
            int half = (rest - 1) / 2;
            left.Add(new("Source", half, LiveSort.Name, row => row.From, IsRight: false));
            left.Add(new("Destination", rest - 1 - half, null, row => row.To, IsRight: false));
        }

        return [.. left, .. right];
    }

    private void DrawFoot()
    {
        string text = _settings.IsTyping ? $"Filter: {_settings.Filter}_   Enter keeps it, Esc clears it"
            : _frame.Message.Length > 0 ? _frame.Message
            : "q quit p pause s sort g group / filter d device n names h help";
        string what = _frame.Connections == 1 ? "connection" : "connections";
        string count = string.Create(CultureInfo.InvariantCulture, $" {_frame.Connections} {what}");
        bool hasFilter = _settings.Filter.Length > 0 && !_settings.IsTyping;
        string right = hasFilter ? $" filter '{_settings.Filter}'{count}" : count;
        right = right.Length < _width / 2 ? right : count;
        _lines.Add(Inverse + CellText.Fit(text, _width - CellText.Width(right)) + right + Plain);
    }

    private void Add(string text) => _lines.Add(CellText.Fit(text, _width));

    private static string ToAscii(string line)
    {
        var ascii = new StringBuilder(line.Length);
        foreach (Rune rune in line.EnumerateRunes())
        {
            _ = rune.IsAscii ? ascii.Append(rune)
                : rune.Value == '…' ? ascii.Append('~')
                : ascii.Append('?', CellText.Width(rune));
        }

        return ascii.ToString();
    }

    private static string NameOf(FlowGrouping groupBy) => groupBy switch
    {
        FlowGrouping.Host => "Host",
        FlowGrouping.Peer => "Peer",
        FlowGrouping.Port => "Port",
        FlowGrouping.Class => "Class",
        _ => "Protocol",
    };

    private static string Rate(double bytes) => SizeText.Bytes(bytes) + "/s";

    private static string ClassName(FlowClass flowClass) =>
        flowClass == FlowClass.None ? "" : FlowClassNames.Of(flowClass);

    private readonly record struct Column(
        string Name, int Width, LiveSort? Sort, Func<LiveRow, string> Text, bool IsRight = true);
}
