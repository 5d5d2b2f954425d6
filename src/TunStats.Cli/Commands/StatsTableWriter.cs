using System;
using System.Collections.Generic;
using System.Text;
using TunStats.IO;
using TunStats.Links;

namespace TunStats.Cli.Commands;

/// <summary>
/// A table for people: aligned columns, bytes in IEC units, what is dropped or bad in colour on a terminal.
/// </summary>
internal sealed class StatsTableWriter : IStatsWriter
{
    private static readonly string[] Headings =
        ["NAME", "KIND", "RX", "TX", "RX-PACKETS", "TX-PACKETS", "ERRORS", "RX-DROPS", "TX-DROPS"];

    private static readonly string[] DetailedHeadings =
    [
        "NAME", "KIND", "STATE", "QDISC", "MTU", "QUEUE", "CARRIER-CHANGES", "BACKLOG", "OVERLIMITS", "REQUEUES",
        "TX-DROPS", "QDISC-DROPS",
    ];

    private readonly bool _isDetailed;
    private readonly string[] _headings;
    private readonly int _textColumns;
    private readonly int _firstAlertColumn;
    private readonly List<string[]> _rows;
    private readonly bool _colour = HumanText.IsColourWanted;

    /// <summary>Makes a table.</summary>
    /// <param name="isDetailed">Whether to show the link and its queue instead of the traffic.</param>
    internal StatsTableWriter(bool isDetailed)
    {
        _isDetailed = isDetailed;
        (_headings, _textColumns, _firstAlertColumn) = isDetailed ? (DetailedHeadings, 4, 10) : (Headings, 2, 6);
        _rows = [_headings];
    }

    public void Write(RtnlLinkStats64 stats) =>
        _rows.Add(_isDetailed ? DetailedRow(stats, stats as DetailedLinkStats) : Row(stats));

    private static string[] DetailedRow(RtnlLinkStats64 stats, DetailedLinkStats? details) =>
    [
        stats.Name,
        stats.Kind,
        details is null ? "-" : HumanText.State(details.OperationalState),
        details is { Qdisc.Length: > 0 } ? details.Qdisc : "-",
        Count(details?.Mtu),
        Count(details?.TxQueueLength),
        Count(details?.CarrierChanges),
        details?.QdiscBacklogBytes is { } backlog ? SizeText.Bytes(backlog) : "-",
        Count(details?.QdiscOverlimits),
        Count(details?.QdiscRequeues),
        HumanText.Count(stats.TxDropped),
        Count(details?.QdiscDrops),
    ];

    private static string Count(uint? count) => count is { } number ? HumanText.Count(number) : "-";

    private static string[] Row(RtnlLinkStats64 stats) =>
    [
        stats.Name,
        stats.Kind,
        SizeText.Bytes(stats.RxBytes),
        SizeText.Bytes(stats.TxBytes),
        HumanText.Count(stats.RxPackets),
        HumanText.Count(stats.TxPackets),
        HumanText.Count(stats.RxErrors + stats.TxErrors),
        HumanText.Count(stats.RxDropped),
        HumanText.Count(stats.TxDropped),
    ];

    public void Flush()
    {
        if (_rows.Count == 1)
        {
            return;
        }

        var text = new StringBuilder();
        foreach (string[] row in _rows)
        {
            for (int column = 0; column < row.Length; column++)
            {
                Append(text, row, column);
            }

            text.Append('\n');
        }

        Program.Print(text.ToString());
    }

    public void Dispose()
    {
    }

    private void Append(StringBuilder text, string[] row, int column)
    {
        int width = 0;
        foreach (string[] other in _rows)
        {
            width = Math.Max(width, other[column].Length);
        }

        string cell = row[column];
        if (column < _textColumns)
        {
            text.Append(cell.PadRight(width)).Append("  ");
            return;
        }

        bool alert = _colour && column >= _firstAlertColumn && row != _headings && cell is not ("0" or "-");
        text.Append(' ', width - cell.Length);
        text.Append(alert ? HumanText.Yellow : "").Append(cell).Append(alert ? HumanText.Plain : "");
        text.Append(column < row.Length - 1 ? "  " : "");
    }
}
