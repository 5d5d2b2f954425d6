using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using TunStats.Links;

namespace TunStats.Cli.Commands;

/// <summary>
/// A table for people: aligned columns, bytes in IEC units, what is dropped or bad in colour on a terminal.
/// </summary>
internal sealed class StatsTableWriter : IStatsWriter
{
    private const string Yellow = "\u001b[93m";
    private const string Plain = "\u001b[0m";
    private const int FirstAlertColumn = 6;

    private static readonly string[] Headings =
        ["NAME", "KIND", "RX", "TX", "RX-PACKETS", "TX-PACKETS", "ERRORS", "RX-DROPS", "TX-DROPS"];

    private readonly List<string[]> _rows = [Headings];
    private readonly bool _colour =
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public void Write(RtnlLinkStats64 stats) => _rows.Add(
    [
        stats.Name,
        stats.Kind,
        Bytes(stats.RxBytes),
        Bytes(stats.TxBytes),
        Count(stats.RxPackets),
        Count(stats.TxPackets),
        Count(stats.RxErrors + stats.TxErrors),
        Count(stats.RxDropped),
        Count(stats.TxDropped),
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

        // Straight to the descriptor: Console.Out would set a terminal up that nothing is read from.
        using Stream output = Console.OpenStandardOutput();
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    public void Dispose()
    {
    }

    private static string Count(ulong count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Bytes(ulong bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        string format = unit == 0 || value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + units[unit];
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
        text.Append(' ', width - cell.Length).Append(alert ? Yellow : "").Append(cell).Append(alert ? Plain : "");
        text.Append(column < row.Length - 1 ? "  " : "");
    }
}
