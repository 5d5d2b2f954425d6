using System;
using TunStats.IO;
using TunStats.NetLog;

namespace TunStats.Export;

/// <summary>
/// The last line of a file whose writer was killed, or lost power. Part of a message is cut off, and so is a block that
/// the disk never wrote (zeros); what is whole, or something else, is kept and ended with a line feed by the next line.
/// </summary>
internal static class TornLine
{
    private const int MaxDepth = 64;
    private const int Block = 64 * 1024;

    // Nothing that a logger writes is longer.
    private const int MaxLength = 4 * NetLogMessage.MaxLength;

    /// <summary>Mends the last line of a file that no other logger writes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="warn">Takes a sentence where something was removed; null for none.</param>
    internal static void Mend(AppendedFile file, Action<string>? warn)
    {
        byte[] tail = ReadTail(file, out long start);
        if (tail.Length > 0 && IsPart(tail) && file.TryTruncate(start))
        {
            string count = CountText.Of(tail.Length, "byte was", "bytes were");
            warn?.Invoke($"The last line of '{file.Path}' was incomplete: its {count} removed.");
        }
    }

    /// <summary>What follows the last line feed; nothing where that is too long or cannot be read.</summary>
    private static byte[] ReadTail(AppendedFile file, out long start)
    {
        long length = file.Length;
        byte[] tail = [];
        for (start = length; start > 0 && length - start < MaxLength;)
        {
            int size = (int)Math.Min(Block, start);
            byte[] block = new byte[size];
            if (file.ReadAt(block, start - size) != size)
            {
                return [];
            }

            int lineFeed = block.AsSpan().LastIndexOf((byte)'\n');
            start -= size - (lineFeed + 1);
            tail = [.. block.AsSpan(lineFeed + 1), .. tail];
            if (lineFeed >= 0)
            {
                return tail;
            }
        }

        return start == 0 ? tail : [];
    }

    private static bool IsPart(ReadOnlySpan<byte> tail)
    {
        if (tail.Contains((byte)0))
        {
            return true;
        }

        var json = new JsonCursor(tail, isFinal: true, MaxDepth);
        return tail[0] == (byte)'{' && !json.SkipValue();
    }
}
