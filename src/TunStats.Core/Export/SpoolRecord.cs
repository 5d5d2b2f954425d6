using System;
using System.Buffers.Binary;
using System.Text;
using TunStats.IO;
using TunStats.Net;

namespace TunStats.Export;

/// <summary>
/// An entry on disk, little-endian: length of what follows the checksum (4), checksum of that (4), sequence (8), Unix
/// seconds (8), nanoseconds (4), gap (1), length of the logger's id (2), id, line.
/// </summary>
internal static class SpoolRecord
{
    /// <summary>The bytes before what the checksum covers.</summary>
    internal const int HeadLength = 8;

    /// <summary>The most bytes of a record; a longer one is damaged.</summary>
    internal const int MaxLength = 16 * 1024 * 1024;

    private const int FixedLength = 8 + 8 + 4 + 1 + 2;

    internal static byte[] Write(LogEntry entry)
    {
        byte[] logger = Encoding.UTF8.GetBytes(entry.Logger);
        byte[] record = new byte[HeadLength + FixedLength + logger.Length + entry.Line.Length];
        Span<byte> body = record.AsSpan(HeadLength);
        BinaryPrimitives.WriteInt64LittleEndian(body, entry.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(body[8..], entry.Time.UnixSeconds);
        BinaryPrimitives.WriteInt32LittleEndian(body[16..], entry.Time.Nanoseconds);
        body[20] = entry.IsGap ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(body[21..], (ushort)logger.Length);
        logger.CopyTo(body[FixedLength..]);
        entry.Line.Span.CopyTo(body[(FixedLength + logger.Length)..]);
        BinaryPrimitives.WriteInt32LittleEndian(record, body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), Crc32.Append(0, body));
        return record;
    }

    /// <summary>The length of what follows the head; none if the head is damaged.</summary>
    internal static int? BodyLength(ReadOnlySpan<byte> head) =>
        BinaryPrimitives.ReadInt32LittleEndian(head) is >= FixedLength and <= MaxLength and int length ? length : null;

    /// <summary>Reads a record; null if it is damaged.</summary>
    internal static LogEntry? Read(ReadOnlySpan<byte> head, byte[] body)
    {
        int id = BinaryPrimitives.ReadUInt16LittleEndian(body.AsSpan(21));
        if (Crc32.Append(0, body) != BinaryPrimitives.ReadUInt32LittleEndian(head[4..])
            || FixedLength + id > body.Length)
        {
            return null;
        }

        var time = NanoTime.FromUnix(
            BinaryPrimitives.ReadInt64LittleEndian(body.AsSpan(8)),
            BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(16)));
        return new LogEntry(
            Encoding.UTF8.GetString(body, FixedLength, id),
            BinaryPrimitives.ReadInt64LittleEndian(body),
            time,
            null,
            body.AsMemory(FixedLength + id))
        {
            IsGap = body[20] != 0,
        };
    }
}
