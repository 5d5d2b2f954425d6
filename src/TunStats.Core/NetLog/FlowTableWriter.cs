using System;
using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>Rows of connections as text in UTF-8; allocates nothing per row.</summary>
internal sealed class FlowTableWriter
{
    // An IPv4 address and a port; an IPv6 row is wider.
    private const int EndWidth = 21;
    private const int ProtocolWidth = 6;
    private const int BytesWidth = 9;
    private const int CountWidth = 10;
    private const int ConnectionsWidth = 11;

    // An id of seven digits, a slash and the longest name of the kernel.
    private const int ProcessWidth = 23;

    private const int BufferSize = 64 * 1024;
    private const int MaxRowLength = 512 + (4 * AddressName.MaxLength);

    // Up to this number, a hundredfold does not overflow.
    private const ulong MaxByDigits = 1UL << 53;

    private readonly string?[] _protocols = new string[256];
    private byte[] _buffer = new byte[BufferSize];
    private int _length;

    /// <summary>The complete lines; valid until the next call.</summary>
    internal ReadOnlySpan<byte> Lines => _buffer.AsSpan(0, _length);

    /// <summary>Whether the lines must be taken before the next one is added.</summary>
    internal bool IsFull => _buffer.Length - _length < MaxRowLength;

    /// <summary>Removes the lines.</summary>
    internal void Clear() => _length = 0;

    /// <summary>Adds the heading of a window.</summary>
    /// <param name="window">The window.</param>
    /// <param name="isFurther">Whether a window precedes it.</param>
    /// <param name="groupBy">The grouping of the rows; null for connections.</param>
    /// <param name="hasNames">Whether a row has the name of the other side.</param>
    /// <param name="hasProcesses">Whether a row has the local process.</param>
    internal void AddHead(
        FlowWindow window,
        bool isFurther,
        FlowGrouping? groupBy = null,
        bool hasNames = false,
        bool hasProcesses = false)
    {
        string source = PrintableText.Escape(window.Source ?? "");
        string columns = groupBy switch
        {
            null => $"{"PROTO",-ProtocolWidth}  {"SOURCE",-EndWidth}  {"DESTINATION",-EndWidth}",
            FlowGrouping.Host => $"{"HOST",-EndWidth}",
            FlowGrouping.Peer => $"{"PEER",-EndWidth}",
            FlowGrouping.Port => $"{"PORT",-EndWidth}",
            FlowGrouping.Class => $"{"CLASS",-EndWidth}",
            _ => $"{"PROTOCOL",-EndWidth}",
        };
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"{(isFurther ? "\n" : "")}{source}  {window.Start}  {window.Seconds:0.###} s\n"
            + $"{columns}  {"TX",BytesWidth}"
            + $"  {"RX",BytesWidth}  {"TX-PACKETS",CountWidth}  {"RX-PACKETS",CountWidth}"
            + $"{(groupBy is null ? "" : "  CONNECTIONS")}"
            + $"{(!hasProcesses ? "" : hasNames ? $"  {"PROCESS",-ProcessWidth}" : "  PROCESS")}"
            + $"{(hasNames ? "  DESTINATION-NAME" : "")}\n");
        byte[] text = Encoding.UTF8.GetBytes(head);
        if (_buffer.Length - _length < text.Length + MaxRowLength)
        {
            Array.Resize(ref _buffer, _length + text.Length + BufferSize);
        }

        Append(text);
    }

    /// <summary>Adds a row; there is room for it.</summary>
    /// <param name="flow">The connection.</param>
    /// <param name="names">The names of its ends; null for no names.</param>
    /// <param name="process">Its local process; null for no processes.</param>
    internal void Add(in FlowValues flow, FlowNames? names = null, FlowProcess? process = null)
    {
        int start = _length;
        string protocol = _protocols[flow.Protocol.Number] ??= flow.Protocol.DisplayName;
        _length += Encoding.UTF8.GetBytes(protocol, _buffer.AsSpan(_length));
        FillTo(start + ProtocolWidth);
        AddEnd(flow.Source);
        AddEnd(flow.Destination);
        AddCounts(flow.Counts);
        if (process is { } owner)
        {
            AddProcess(owner, isPadded: names is { Destination: not null });
        }

        if (names is { Destination: { } name })
        {
            FillTo(_length + 2);
            _length += Encoding.UTF8.GetBytes(name, _buffer.AsSpan(_length));
        }

        _buffer[_length++] = (byte)'\n';
    }

    /// <summary>Adds a row of sums; there is room for it.</summary>
    internal void Add(FlowGroup group)
    {
        int start = _length;
        string name = group.Group.Length > 0 ? group.Group : "(other)";
        _length += Encoding.UTF8.GetBytes(name, _buffer.AsSpan(_length));
        FillTo(start + EndWidth);
        AddCounts(group.Counts);
        FillTo(_length + 2);
        start = _length;
        Append(group.ConnectionsEstimated ? "~"u8 : ""u8);
        AddNumber((ulong)group.Connections);
        MoveRight(start, ConnectionsWidth);
        _buffer[_length++] = (byte)'\n';
    }

    private void AddCounts(in FlowCounts counts)
    {
        FillTo(_length + 2);
        AddBytes(counts.TxBytes);
        FillTo(_length + 2);
        AddBytes(counts.RxBytes);
        FillTo(_length + 2);
        AddCount(counts.TxPackets);
        FillTo(_length + 2);
        AddCount(counts.RxPackets);
    }

    private void AddProcess(in FlowProcess process, bool isPadded)
    {
        int start = _length + 2;
        if (process.Id is { } id)
        {
            FillTo(start);
            AddNumber((ulong)id);
            _buffer[_length++] = (byte)'/';
            _length += Encoding.UTF8.GetBytes(process.Name ?? "", _buffer.AsSpan(_length));
        }

        FillTo(isPadded ? start + ProcessWidth : _length);
    }

    private void AddEnd(in AddrPort end)
    {
        FillTo(_length + 2);
        int start = _length;
        end.TryFormat(_buffer.AsSpan(_length), out int written);
        _length += written;
        FillTo(start + EndWidth);
    }

    private void AddCount(ulong count)
    {
        int start = _length;
        AddNumber(count);
        MoveRight(start, CountWidth);
    }

    /// <summary>Bytes in IEC units with three digits, in integer arithmetic.</summary>
    private void AddBytes(ulong bytes)
    {
        int start = _length, above = 0;
        for (; bytes >= MaxByDigits; above++)
        {
            bytes >>= 10;
        }

        int unit = bytes == 0 ? 0 : BitOperations.Log2(bytes) / 10;
        int decimals = unit == 0 || bytes * 100 >= 9995UL << (10 * unit) ? 0
            : bytes * 1000 >= 9995UL << (10 * unit) ? 1
            : 2;
        ulong half = unit == 0 ? 0 : 1UL << ((10 * unit) - 1);
        ulong scale = decimals switch { 0 => 1, 1 => 10, _ => 100 };
        ulong number = ((bytes * scale) + half) >> (10 * unit);
        AddNumber(number / scale);
        if (decimals > 0)
        {
            _buffer[_length++] = (byte)'.';
            if (decimals == 2)
            {
                _buffer[_length++] = (byte)('0' + (number / 10 % 10));
            }

            _buffer[_length++] = (byte)('0' + (number % 10));
        }

        Append((unit + above) switch
        {
            0 => " B"u8,
            1 => " KiB"u8,
            2 => " MiB"u8,
            3 => " GiB"u8,
            4 => " TiB"u8,
            5 => " PiB"u8,
            _ => " EiB"u8,
        });
        MoveRight(start, BytesWidth);
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    private void AddNumber(ulong number)
    {
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(_length), out int written);
        _length += written;
    }

    private void MoveRight(int start, int width)
    {
        int missing = width - (_length - start);
        if (missing > 0)
        {
            _buffer.AsSpan(start, _length - start).CopyTo(_buffer.AsSpan(start + missing));
            _buffer.AsSpan(start, missing).Fill((byte)' ');
            _length += missing;
        }
    }

    private void FillTo(int end)
    {
        if (end > _length)
        {
            _buffer.AsSpan(_length, end - _length).Fill((byte)' ');
            _length = end;
        }
    }
}
