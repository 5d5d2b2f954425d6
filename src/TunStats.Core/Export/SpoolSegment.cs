using System;

namespace TunStats.Export;

/// <summary>A file of records, one after the other.</summary>
/// <param name="number">Its place in the order of segments.</param>
/// <param name="file">Its file, which it owns.</param>
/// <param name="isOwn">Whether this process made it, so that records are appended to it.</param>
internal sealed class SpoolSegment(long number, SpoolFile file, bool isOwn) : IDisposable
{
    private const int ChunkBytes = 64 * 1024;

    internal long Number => number;

    internal SpoolFile File => file;

    internal bool IsOwn => isOwn;

    /// <summary>The bytes in it, without a record that a crash cut off at its end.</summary>
    internal long Length { get; private set; }

    /// <summary>The messages in it that were not delivered.</summary>
    internal long Messages { get; set; }

    /// <summary>Measures what another process left.</summary>
    /// <param name="from">The place up to which it was delivered.</param>
    internal void Measure(long from)
    {
        Length = file.Length;
        long at = Math.Min(from, Length);
        while (at < Length)
        {
            if (Read(ref at) is { } entry)
            {
                Messages += entry.IsGap ? 0 : 1;
            }
            else if (FindNext(at) is { } next)
            {
                at = next;
            }
            else
            {
                Length = IsCutOff(at) ? at : Length;
                return;
            }
        }
    }

    /// <summary>Appends a record, whole or not at all.</summary>
    /// <exception cref="System.IO.IOException">It was not written.</exception>
    internal void Append(byte[] record)
    {
        try
        {
            file.Write(record, Length);
            Length += record.Length;
        }
        catch
        {
            // Part of a record would hide what follows it.
            file.Truncate(Length);
            throw;
        }
    }

    /// <summary>Reads the record at a place.</summary>
    /// <param name="at">The place; moved behind the record.</param>
    /// <returns>Null where there is no whole record.</returns>
    internal LogEntry? Read(ref long at)
    {
        Span<byte> head = stackalloc byte[SpoolRecord.HeadLength];
        if (file.Read(head, at) < head.Length
            || SpoolRecord.BodyLength(head) is not { } size || at + head.Length + size > Length)
        {
            return null;
        }

        byte[] body = new byte[size];
        if (file.Read(body, at + head.Length) < size || SpoolRecord.Read(head, body) is not { } entry)
        {
            return null;
        }

        at += head.Length + size;
        return entry;
    }

    /// <summary>The next place with a whole record behind a damaged one; null where there is none.</summary>
    internal long? FindNext(long damaged)
    {
        byte[] chunk = new byte[ChunkBytes];
        for (long start = damaged + 1; start < Length; start += ChunkBytes - SpoolRecord.HeadLength)
        {
            int count = file.Read(chunk, start);
            for (int i = 0; i + SpoolRecord.HeadLength <= count; i++)
            {
                // Lines are text, and four characters of text are no length: few places are looked at more closely.
                long at = start + i;
                if (SpoolRecord.BodyLength(chunk.AsSpan(i)) is not null && Read(ref at) is not null)
                {
                    return start + i;
                }
            }
        }

        return null;
    }

    public void Dispose() => file.Dispose();

    private bool IsCutOff(long at)
    {
        Span<byte> head = stackalloc byte[SpoolRecord.HeadLength];
        return file.Read(head, at) < head.Length
            || (SpoolRecord.BodyLength(head) is { } size && at + head.Length + size > Length);
    }
}
