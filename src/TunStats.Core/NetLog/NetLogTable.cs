using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// The table of a message. Columns: the protocol, both ends with an arrow between them, then four rates. Each is as
/// wide as its widest cell; the line of a class spans the first three. If the table is wider than allowed, a connection
/// takes two lines, with the destination on the second, or three, with the rates on the third.
/// </summary>
internal sealed class NetLogTable
{
    private const int Rates = 4;
    private const int MaxLines = 3;
    private const string Arrow = " -> ";
    private const string Indent = "    ";

    /// <summary>Longer than an address with a port and without a zone.</summary>
    private const int EndLength = 64;

    /// <summary>The maximum number of characters of a name or a zone: all rows are as wide as the widest.</summary>
    private const int MaxEndLength = 128;

    private static readonly string[] Heads = ["Tx[P/s]", "Tx[B/s]", "Rx[P/s]", "Rx[B/s]"];

    private readonly NetLogTextOptions _options;
    private readonly double _seconds;
    private readonly Dictionary<IpAddr, string> _names;
    private readonly List<(string Heading, FlowCounts Sum, ConnectionCounts[] Rows)> _parts = [];
    private readonly int[] _rateWidths = [.. Heads.Select(head => head.Length)];
    private readonly int _headingWidth;
    private readonly int _lines = 1;
    private int _protocolWidth;
    private int _sourceWidth;
    private int _destinationWidth;

    public NetLogTable(NetLogMessage message, NetLogTextOptions options)
    {
        _options = options;
        _seconds = message.EndTime.SecondsSince(message.StartTime);
        _names = Names(message, options.Names);
        foreach (FlowClass flowClass in NetLogMessage.Classes)
        {
            IReadOnlyList<ConnectionCounts> entries = message.Traffic(flowClass);
            if (entries.Count == 0)
            {
                continue;
            }

            FlowCounts sum = default;
            foreach (ConnectionCounts entry in entries)
            {
                sum += entry.Counts;
            }

            // A single entry without ends is the sum itself.
            ConnectionCounts[] rows = entries.Count == 1 && entries[0].IsAnonymous
                ? []
                : [.. entries.OrderByDescending(Size)];
            string heading = $"{flowClass}Traffic:";
            _parts.Add((heading, sum, rows));
            _headingWidth = Math.Max(_headingWidth, heading.Length);
            Widen(sum);
            Array.ForEach(rows, row => Widen(row));
        }

        while (_lines < MaxLines && options.MaxWidth > 0 && Width > options.MaxWidth)
        {
            _lines++;
        }
    }

    /// <summary>The width of a line.</summary>
    public int Width => HeadWidth + _rateWidths.Sum(width => width + 2);

    // On one line both ends are in the head; on two only the destination is; on three only the headings are.
    private int HeadWidth => Math.Max(_headingWidth, _lines switch
    {
        1 => _protocolWidth + 1 + _sourceWidth + Arrow.Length + _destinationWidth,
        2 => _protocolWidth + 1 + _destinationWidth,
        _ => 0,
    });

    /// <summary>Appends line by line.</summary>
    /// <param name="output">Receives the lines.</param>
    /// <param name="lineDone">Called after each line, so that the output can be emptied.</param>
    public void AppendTo(StringBuilder output, Action<StringBuilder>? lineDone)
    {
        output.Append('-', HeadWidth);
        for (int i = 0; i < Rates; i++)
        {
            output.Append(' ', 2 + _rateWidths[i] - Heads[i].Length).Append(Heads[i]);
        }

        output.Append(_options.LineEnd);
        lineDone?.Invoke(output);
        foreach ((string heading, FlowCounts sum, ConnectionCounts[] rows) in _parts)
        {
            output.Append(heading).Append(' ', HeadWidth - heading.Length);
            AppendRates(output, sum);
            lineDone?.Invoke(output);
            foreach (ConnectionCounts row in rows)
            {
                AppendRow(output, row);
                lineDone?.Invoke(output);
            }
        }
    }

    private static Dictionary<IpAddr, string> Names(NetLogMessage message, NetLogAddressNames kind)
    {
        Dictionary<IpAddr, string> names = [];
        if (kind == NetLogAddressNames.None)
        {
            return names;
        }

        foreach (NetLogNode node in message.DstNodes.Append(message.SrcNode).OfType<NetLogNode>())
        {
            string name = kind switch
            {
                NetLogAddressNames.NodeId => node.NodeId,
                NetLogAddressNames.Name => node.Name,
                _ => node.User.Length > 0 ? node.User : string.Join(',', node.Tags),
            };
            string shown = PrintableText.Escape(name, MaxEndLength);
            foreach (IpAddr address in name.Length > 0 ? node.AddressValues : [])
            {
                names[address] = shown;
            }
        }

        return names;
    }

    private static UInt128 Size(ConnectionCounts entry) => (UInt128)entry.Counts.TxPackets + entry.Counts.TxBytes
        + entry.Counts.RxPackets + entry.Counts.RxBytes;

    private void Widen(in ConnectionCounts row)
    {
        Span<char> scratch = stackalloc char[EndLength];
        int protocol = row.Protocol.Number == 0 ? 0 : row.Protocol.DisplayName.Length + 1;
        _protocolWidth = Math.Max(_protocolWidth, Indent.Length + protocol);
        _sourceWidth = Math.Max(_sourceWidth, End(row.SrcEndpoint, scratch).Length);
        _destinationWidth = Math.Max(_destinationWidth, End(row.DstEndpoint, scratch).Length);
        Widen(row.Counts);
    }

    private void Widen(in FlowCounts counts)
    {
        Span<char> scratch = stackalloc char[NetLogText.RateLength];
        for (int i = 0; i < Rates; i++)
        {
            _rateWidths[i] = Math.Max(_rateWidths[i], Rate(counts, i, scratch).Length);
        }
    }

    private void AppendRow(StringBuilder output, in ConnectionCounts row)
    {
        Span<char> scratch = stackalloc char[EndLength];
        string protocol = row.Protocol.Number == 0 ? string.Empty : row.Protocol.DisplayName;
        int width = Indent.Length + protocol.Length + (protocol.Length > 0 ? 1 : 0);
        output.Append(Indent).Append(protocol).Append(protocol.Length > 0 ? ":" : string.Empty)
            .Append(' ', _protocolWidth - width + 1);

        int used = _protocolWidth + 1;
        bool hasEnds = row.SrcEndpoint.IsValid || row.DstEndpoint.IsValid;
        if (hasEnds || _lines == 1)
        {
            ReadOnlySpan<char> source = End(row.SrcEndpoint, scratch);
            output.Append(' ', _lines == 1 ? _sourceWidth - source.Length : 0).Append(source);
            output.Append(hasEnds ? Arrow : Indent);
            used = StartPart(output, _lines > 1, _protocolWidth + 1, used + _sourceWidth + Arrow.Length);
            ReadOnlySpan<char> destination = End(row.DstEndpoint, scratch);
            output.Append(destination);
            used = StartPart(output, _lines == MaxLines, 0, used + destination.Length);
        }

        output.Append(' ', HeadWidth - used);
        AppendRates(output, row.Counts);
    }

    /// <summary>Continues on a new line if requested.</summary>
    /// <returns>The column.</returns>
    private int StartPart(StringBuilder output, bool isNewLine, int indent, int column)
    {
        if (!isNewLine)
        {
            return column;
        }

        EndLine(output);
        output.Append(' ', indent);
        return indent;
    }

    /// <summary>Ends a line; trims blanks if the width is limited.</summary>
    private void EndLine(StringBuilder output)
    {
        while (_options.MaxWidth > 0 && output[^1] == ' ')
        {
            output.Length--;
        }

        output.Append(_options.LineEnd);
    }

    private void AppendRates(StringBuilder output, in FlowCounts counts)
    {
        Span<char> scratch = stackalloc char[NetLogText.RateLength];
        for (int i = 0; i < Rates; i++)
        {
            ReadOnlySpan<char> rate = Rate(counts, i, scratch);
            output.Append(' ', 2 + _rateWidths[i] - rate.Length).Append(rate);
        }

        EndLine(output);
    }

    private ReadOnlySpan<char> Rate(in FlowCounts counts, int column, Span<char> scratch)
    {
        ulong count = column switch
        {
            0 => counts.TxPackets,
            1 => counts.TxBytes,
            2 => counts.RxPackets,
            _ => counts.RxBytes,
        };

        // A window of no length has no rates.
        double rate = _seconds > 0 ? count / _seconds : 0;
        int length;
        _ = column % 2 == 0
            ? NetLogText.TryFormatSI(rate, scratch, out length)
            : NetLogText.TryFormatIEC(rate, scratch, out length);
        return scratch[..length];
    }

    /// <summary>An end as shown: a name if known, no port if it is 0.</summary>
    private ReadOnlySpan<char> End(in AddrPort end, Span<char> scratch)
    {
        IpAddr address = end.Address;
        if (_names.TryGetValue(address, out string? name))
        {
            return end.Port == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{end.Port}");
        }

        if (address.ZoneOrNull is not null)
        {
            return PrintableText.Escape(end.Port == 0 ? address.ToString() : end.ToString(), MaxEndLength);
        }

        _ = end.Port == 0 ? address.TryFormat(scratch, out int length) : end.TryFormat(scratch, out length);
        return scratch[..length];
    }
}
