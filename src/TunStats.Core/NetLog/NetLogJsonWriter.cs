using System;
using System.Buffers;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using TunStats.Classes;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// Writes messages as JSON in UTF-8, byte for byte like the programs of each schema, without a line end. Writing an
/// entry allocates nothing.
/// </summary>
internal static class NetLogJsonWriter
{
    /// <summary>Entries are written in chunks of this length, to call the output rarely.</summary>
    private const int PieceLength = 16 * 1024;

    /// <summary>Writes a message.</summary>
    public static void Write(IBufferWriter<byte> output, NetLogMessage message, NetLogSchema schema = NetLogSchema.V1)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(message);
        if (schema == NetLogSchema.V1)
        {
            output.Write("{\"start\":"u8);
            WriteTimes(output, message);
        }
        else
        {
            output.Write("{\"nodeId\":"u8);
            JsonTextWriter.Write(output, message.NodeId);
            output.Write(",\"start\":"u8);
            WriteTimes(output, message);
            WriteNodes(output, message);
        }

        WriteList(output, ",\"virtualTraffic\":["u8, message.VirtualTraffic, schema);
        WriteList(output, ",\"subnetTraffic\":["u8, message.SubnetTraffic, schema);
        WriteList(output, ",\"exitTraffic\":["u8, message.ExitTraffic, schema);
        WriteList(output, ",\"physicalTraffic\":["u8, message.PhysicalTraffic, schema);
        output.Write("}"u8);
    }

    /// <summary>Writes a node.</summary>
    public static void Write(IBufferWriter<byte> output, NetLogNode node)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(node);
        output.Write("{\"nodeId\":"u8);
        JsonTextWriter.Write(output, node.NodeId);
        WriteText(output, ",\"name\":"u8, node.Name);
        WriteTexts(output, ",\"addresses\":["u8, node.AddressValues);
        WriteText(output, ",\"os\":"u8, node.OS);
        WriteText(output, ",\"user\":"u8, node.User);
        WriteTexts(output, ",\"tags\":["u8, node.Tags);
        output.Write("}"u8);
    }

    /// <summary>Writes entries with commas between them, as in a list.</summary>
    public static void WriteEntries(
        IBufferWriter<byte> output, ReadOnlySpan<ConnectionCounts> entries, NetLogSchema schema = NetLogSchema.V1)
    {
        ArgumentNullException.ThrowIfNull(output);
        bool always = schema == NetLogSchema.V1;
        int done = 0;
        while (done < entries.Length)
        {
            if (HasZone(entries[done]))
            {
                WriteZoned(output, entries[done], always);
                done++;
            }
            else
            {
                int written = WritePiece(output.GetSpan(PieceLength), entries[done..], always, out int count);
                output.Advance(written);
                done += count;
            }

            if (done < entries.Length)
            {
                output.Write(","u8);
            }
        }
    }

    /// <summary>The length of a message as JSON, in bytes.</summary>
    public static int Measure(NetLogMessage message, NetLogSchema schema = NetLogSchema.V1)
    {
        LengthCounter counter = new();
        Write(counter, message, schema);
        return counter.Length;
    }

    /// <summary>The length of a node as JSON, in bytes.</summary>
    public static int Measure(NetLogNode node)
    {
        LengthCounter counter = new();
        Write(counter, node);
        return counter.Length;
    }

    /// <summary>The length of an entry as JSON, in bytes.</summary>
    public static unsafe int Measure(in ConnectionCounts entry, NetLogSchema schema = NetLogSchema.V1)
    {
        if (HasZone(entry))
        {
            LengthCounter counter = new();
            WriteZoned(counter, entry, schema == NetLogSchema.V1);
            return counter.Length;
        }

        byte* scratch = stackalloc byte[JsonEntryWriter.Room];
        return (int)(JsonEntryWriter.Write(scratch, entry, schema == NetLogSchema.V1) - scratch);
    }

    private static void WriteList(
        IBufferWriter<byte> output,
        ReadOnlySpan<byte> head,
        IReadOnlyList<ConnectionCounts> entries,
        NetLogSchema schema)
    {
        if (entries.Count == 0)
        {
            return;
        }

        output.Write(head);
        ReadOnlySpan<ConnectionCounts> span = entries switch
        {
            ConnectionCounts[] array => array,
            List<ConnectionCounts> list => CollectionsMarshal.AsSpan(list),
            _ => [.. entries],
        };
        WriteEntries(output, span, schema);
        output.Write("]"u8);
    }

    /// <summary>Writes as many entries as fit, with commas between them, without zones.</summary>
    private static unsafe int WritePiece(
        Span<byte> piece, ReadOnlySpan<ConnectionCounts> entries, bool always, out int count)
    {
        count = 0;
        fixed (byte* start = piece)
        {
            byte* at = start;
            byte* last = start + piece.Length - JsonEntryWriter.Room - 1;
            while (count < entries.Length && at <= last && !HasZone(entries[count]))
            {
                if (count > 0)
                {
                    *at++ = (byte)',';
                }

                at = JsonEntryWriter.Write(at, entries[count++], always);
            }

            return (int)(at - start);
        }
    }

    private static bool HasZone(in ConnectionCounts entry) =>
        entry.SrcEndpoint.Address.ZoneOrNull is not null || entry.DstEndpoint.Address.ZoneOrNull is not null;

    /// <summary>A zone may be any text, so these ends are written with escapes.</summary>
    private static unsafe void WriteZoned(IBufferWriter<byte> output, in ConnectionCounts entry, bool always)
    {
        ReadOnlySpan<byte> head = "{\"proto\":"u8;
        if (always || entry.Protocol.Number != 0)
        {
            output.Write(head);
            byte* digits = stackalloc byte[16];
            byte* past = JsonDigits.Write(digits, entry.Protocol.Number);
            output.Write(new ReadOnlySpan<byte>(digits, (int)(past - digits)));
            head = ","u8;
        }
        else
        {
            head = "{"u8;
        }

        head = WriteEnd(output, head, "\"src\":"u8, entry.SrcEndpoint, always);
        WriteEnd(output, head, "\"dst\":"u8, entry.DstEndpoint, always);
        byte* counts = stackalloc byte[JsonEntryWriter.Room];
        byte* end = JsonEntryWriter.WriteCounts(counts, counts, entry);
        *counts = (byte)',';
        bool any = end - counts > 2;
        output.Write(any ? new ReadOnlySpan<byte>(counts, (int)(end - counts)) : "}"u8);
    }

    private static ReadOnlySpan<byte> WriteEnd(
        IBufferWriter<byte> output, ReadOnlySpan<byte> head, ReadOnlySpan<byte> name, AddrPort end, bool always)
    {
        if (!always && !end.IsValid)
        {
            return head;
        }

        output.Write(head);
        output.Write(name);
        JsonTextWriter.Write(output, end.ToString());
        return ","u8;
    }

    private static void WriteTimes(IBufferWriter<byte> output, NetLogMessage message)
    {
        WriteTime(output, message.StartTime);
        output.Write(",\"end\":"u8);
        WriteTime(output, message.EndTime);
    }

    private static void WriteTime(IBufferWriter<byte> output, NanoTime time)
    {
        Span<byte> text = output.GetSpan(NanoTime.MaxTextLength + 2);
        text[0] = (byte)'"';
        int length = NanoTimeText.Write(time, text[1..]);
        text[length + 1] = (byte)'"';
        output.Advance(length + 2);
    }

    private static void WriteNodes(IBufferWriter<byte> output, NetLogMessage message)
    {
        if (message.SrcNode is not null)
        {
            output.Write(",\"srcNode\":"u8);
            Write(output, message.SrcNode);
        }

        for (int i = 0; i < message.DstNodes.Count; i++)
        {
            output.Write(i == 0 ? ",\"dstNodes\":["u8 : ","u8);
            Write(output, message.DstNodes[i]);
        }

        output.Write(message.DstNodes.Count > 0 ? "]"u8 : default);
    }

    private static void WriteText(IBufferWriter<byte> output, ReadOnlySpan<byte> head, string text)
    {
        if (text.Length > 0)
        {
            output.Write(head);
            JsonTextWriter.Write(output, text);
        }
    }

    private static void WriteTexts<T>(IBufferWriter<byte> output, ReadOnlySpan<byte> head, IReadOnlyList<T> texts)
        where T : notnull
    {
        for (int i = 0; i < texts.Count; i++)
        {
            output.Write(i == 0 ? head : ","u8);
            JsonTextWriter.Write(output, texts[i].ToString());
        }

        output.Write(texts.Count > 0 ? "]"u8 : default);
    }

    /// <summary>Counts the length of the output.</summary>
    private sealed class LengthCounter : IBufferWriter<byte>
    {
        private byte[] _scratch = new byte[PieceLength];

        public int Length { get; private set; }

        public void Advance(int count) => Length = checked(Length + count);

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (sizeHint > _scratch.Length)
            {
                _scratch = new byte[sizeHint];
            }

            return _scratch;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
