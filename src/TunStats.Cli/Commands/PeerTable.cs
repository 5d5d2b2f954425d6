using System.Collections.Generic;
using System.Text;
using TunStats.IO;
using TunStats.Peers;

namespace TunStats.Cli.Commands;

/// <summary>A table for people: aligned columns, bytes in IEC units, the age of handshakes in one unit.</summary>
internal static class PeerTable
{
    private const int FirstNumber = 5;
    private const int KeyShown = 16;

    private static readonly string[] Headings =
        ["DEVICE", "PEER", "ADDRESSES", "PATH", "ENDPOINT/RELAY", "RX", "TX", "HANDSHAKE"];

    /// <summary>Prints the peers; nothing where there are none.</summary>
    internal static void Print(IReadOnlyList<TunPeer> peers)
    {
        if (peers.Count == 0)
        {
            return;
        }

        List<string[]> rows = [Headings];
        foreach (TunPeer peer in peers)
        {
            rows.Add(
            [
                PrintableText.Escape(peer.Device),
                peer.Name.Length > 0 ? peer.Name : Shorten(peer.PublicKey),
                peer.Addresses,
                peer.Path.ToString(),
                peer.Endpoint ?? peer.Relay ?? "",
                SizeText.Bytes(peer.RxBytes),
                SizeText.Bytes(peer.TxBytes),
                HumanText.Age(peer.HandshakeAge),
            ]);
        }

        Program.Print(Lay(rows));
    }

    private static string Shorten(string key) => key.Length > KeyShown ? $"{key[..KeyShown]}…" : key;

    private static string Lay(List<string[]> rows)
    {
        int[] widths = new int[Headings.Length];
        foreach (string[] row in rows)
        {
            for (int column = 0; column < row.Length; column++)
            {
                widths[column] = int.Max(widths[column], row[column].Length);
            }
        }

        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            for (int column = 0; column < row.Length; column++)
            {
                string cell = row[column];
                text.Append(column < FirstNumber ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
                text.Append(column < row.Length - 1 ? "  " : "\n");
            }
        }

        return text.ToString();
    }
}
