using System;
using System.Text.Json;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// Writes connections as lines of JSON in UTF-8, one object each, its members named as the properties of the typed
/// object. Allocates nothing per connection.
/// </summary>
internal sealed unsafe class FlowJsonWriter
{
    private const int BufferSize = 64 * 1024;

    // The maximum length of a line without the window's part.
    private const int MaxFlowLength = 1024 + (2 * MaxNameLength);

    // Room for each UTF-16 unit as an escape, and the name of the member.
    private const int MaxNameLength = (6 * (AddressName.MaxLength + 1)) + 16;
    private const int SecondLength = 19;

    private readonly byte[]?[] _protocols = new byte[256][];
    private readonly SecondText _first = new();
    private readonly SecondText _last = new();
    private byte[] _buffer = new byte[BufferSize];
    private byte[] _head = [];
    private int _length;

    /// <summary>The complete lines; valid until the next call.</summary>
    internal ReadOnlySpan<byte> Lines => _buffer.AsSpan(0, _length);

    /// <summary>Whether the lines must be taken before the next one is added.</summary>
    internal bool IsFull => _buffer.Length - _length < _head.Length + MaxFlowLength;

    /// <summary>Sets the window of the next lines.</summary>
    internal void Begin(FlowWindow window)
    {
        // A file name may contain anything: everything except ASCII is escaped.
        string source = window.Source is null
            ? "null"
            : $"\"{JsonEncodedText.Encode(window.Source)}\"";
        _head = System.Text.Encoding.UTF8.GetBytes(
            $"{{\"Start\":\"{window.Start}\",\"End\":\"{window.End}\",\"Source\":{source},");
        if (_length == 0 && IsFull)
        {
            _buffer = new byte[BufferSize + _head.Length];
        }
    }

    /// <summary>Removes the lines.</summary>
    internal void Clear() => _length = 0;

    /// <summary>Adds a line; the caller has checked that there is room.</summary>
    /// <param name="flow">The connection.</param>
    /// <param name="names">The names of its ends; null for no names.</param>
    /// <param name="process">Its local process; null for no processes.</param>
    internal void Add(in FlowValues flow, FlowNames? names = null, FlowProcess? process = null)
    {
        Append(_head);
        Append("\"Proto\":"u8);
        Append(flow.Protocol.Number);
        Append(",\"ProtoName\":\""u8);
        Append(_protocols[flow.Protocol.Number] ??= JsonEncodedText.Encode(flow.Protocol.DisplayName).EncodedUtf8Bytes
            .ToArray());
        Append("\",\"Src\":\""u8);
        Append(flow.Source);
        Append("\",\"Dst\":\""u8);
        Append(flow.Destination);
        Append("\""u8);
        Append(flow.Counts);
        Append(",\"FirstSeen\":"u8);
        AppendTime(flow.FirstSeen, _first);
        Append(",\"LastSeen\":"u8);
        AppendTime(flow.LastSeen, _last);
        Append(flow.OpenedBy switch
        {
            FlowInitiator.Local => ",\"OpenedBy\":\"Local\""u8,
            FlowInitiator.Remote => ",\"OpenedBy\":\"Remote\""u8,
            _ => ",\"OpenedBy\":\"Unknown\""u8,
        });
        if (names is { } known)
        {
            Append(",\"SrcName\":"u8);
            AppendName(known.Source);
            Append(",\"DstName\":"u8);
            AppendName(known.Destination);
        }

        if (process is { } owner)
        {
            Append(",\"ProcessName\":"u8);
            AppendName(owner.Name);
            Append(",\"ProcessId\":"u8);
            if (owner.Id is { } id)
            {
                Append((ulong)id);
            }
            else
            {
                Append("null"u8);
            }
        }

        Append("}\n"u8);
    }

    /// <summary>Adds a line of sums; the caller has checked that there is room.</summary>
    internal void Add(FlowGroup group)
    {
        Append(_head);
        Append("\"GroupBy\":\""u8);
        Append(group.GroupBy switch
        {
            FlowGrouping.Host => "Host"u8,
            FlowGrouping.Peer => "Peer"u8,
            FlowGrouping.Port => "Port"u8,
            FlowGrouping.Class => "Class"u8,
            _ => "Protocol"u8,
        });
        Append("\",\"Group\":\""u8);
        _length += System.Text.Encoding.UTF8.GetBytes(group.Group, _buffer.AsSpan(_length));
        Append("\",\"Connections\":"u8);
        Append((ulong)group.Connections);
        Append(group.ConnectionsEstimated ? ",\"ConnectionsEstimated\":true"u8 : ",\"ConnectionsEstimated\":false"u8);
        Append(group.Counts);
        Append("}\n"u8);
    }

    private void Append(in FlowCounts counts)
    {
        Append(",\"TxPackets\":"u8);
        Append(counts.TxPackets);
        Append(",\"TxBytes\":"u8);
        Append(counts.TxBytes);
        Append(",\"RxPackets\":"u8);
        Append(counts.RxPackets);
        Append(",\"RxBytes\":"u8);
        Append(counts.RxBytes);
    }

    private void AppendName(string? name)
    {
        if (name is null)
        {
            Append("null"u8);
            return;
        }

        Append("\""u8);
        Append(JsonEncodedText.Encode(name).EncodedUtf8Bytes);
        Append("\""u8);
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    private void Append(ulong number)
    {
        fixed (byte* buffer = _buffer)
        {
            _length = (int)(JsonDigits.Write(buffer + _length, number) - buffer);
        }
    }

    private void Append(in AddrPort end)
    {
        // An address of a packet has no zone, so nothing needs an escape.
        end.TryFormat(_buffer.AsSpan(_length), out int written);
        _length += written;
    }

    private void AppendTime(long? nanoseconds, SecondText text)
    {
        if (nanoseconds is not { } time)
        {
            Append("null"u8);
            return;
        }

        (long second, long rest) = Math.DivRem(time, NanoTime.NanosPerSecond);
        (second, rest) = rest < 0 ? (second - 1, rest + NanoTime.NanosPerSecond) : (second, rest);
        Append("\""u8);
        Append(text.Of(second));
        AppendFraction((uint)rest);
        Append("Z\""u8);
    }

    private void AppendFraction(uint nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return;
        }

        int digits = 9;
        while (nanoseconds % 10 == 0)
        {
            nanoseconds /= 10;
            digits--;
        }

        _buffer[_length] = (byte)'.';
        for (int i = digits; i > 0; i--)
        {
            _buffer[_length + i] = (byte)('0' + (nanoseconds % 10));
            nanoseconds /= 10;
        }

        _length += digits + 1;
    }

    /// <summary>
    /// Caches the text of a second: consecutive connections mostly begin, or end, in the same second.
    /// </summary>
    private sealed class SecondText
    {
        private readonly byte[] _text = new byte[SecondLength];
        private long _second = long.MinValue;

        internal ReadOnlySpan<byte> Of(long second)
        {
            if (second != _second)
            {
                Span<byte> text = stackalloc byte[NanoTime.MaxTextLength];
                NanoTime.FromUnix(second).TryFormat(text, out _);
                text[..SecondLength].CopyTo(_text);
                _second = second;
            }

            return _text;
        }
    }
}
