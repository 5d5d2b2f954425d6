using System;
using System.Collections.Generic;
using System.Text;
using TunStats.Links;

namespace TunStats.Cli.Commands;

/// <summary>
/// A table for people: aligned columns, bytes in IEC units, what is dropped or bad in colour on a terminal.
/// </summary>
internal sealed class StatsTableWriter : IStatsWriter
{
    private const int FirstAlertColumn = 6;

    private static readonly string[] Headings =
        ["NAME", "KIND", "RX", "TX", "RX-PACKETS", "TX-PACKETS", "ERRORS", "RX-DROPS", "TX-DROPS"];

    private readonly List<string[]> _rows = [Headings];
    private readonly bool _colour = HumanText.IsColourWanted;

    public void Write(RtnlLinkStats64 stats) => _rows.Add(
    [
        stats.Name,
        stats.Kind,
        HumanText.Bytes(stats.RxBytes),
        HumanText.Bytes(stats.TxBytes),
        HumanText.Count(stats.RxPackets),
        HumanText.Count(stats.TxPackets),
        HumanText.Count(stats.RxErrors + stats.TxErrors),
        HumanText.Count(stats.RxDropped),
        HumanText.Count(stats.TxDropped),
    ]);

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
        if (column < 2)
        {
            text.Append(cell.PadRight(width)).Append("  ");
            return;
        }

        bool alert = _colour && column >= FirstAlertColumn && row != Headings && cell != "0";
        text.Append(' ', width - cell.Length);
        text.Append(alert ? HumanText.Yellow : "").Append(cell).Append(alert ? HumanText.Plain : "");
        text.Append(column < row.Length - 1 ? "  " : "");
    }
}
