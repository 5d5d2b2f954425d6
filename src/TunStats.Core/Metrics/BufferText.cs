using System;
using System.Buffers;
using System.Buffers.Text;

namespace TunStats.Metrics;

/// <summary>Writes numbers as text.</summary>
internal static class BufferText
{
    private const int MaxNumberLength = 20;

    // A TimeSpan counts 100 ns.
    private static readonly StandardFormat Fraction = new('D', 7);

    internal static void Write(this IBufferWriter<byte> buffer, ulong number)
    {
        Utf8Formatter.TryFormat(number, buffer.GetSpan(MaxNumberLength), out int written);
        buffer.Advance(written);
    }

    /// <summary>Writes a time in seconds, with all its digits.</summary>
    internal static void WriteSeconds(this IBufferWriter<byte> buffer, TimeSpan time)
    {
        buffer.Write((ulong)(time.Ticks / TimeSpan.TicksPerSecond));
        buffer.Write("."u8);
        Utf8Formatter.TryFormat(
            time.Ticks % TimeSpan.TicksPerSecond, buffer.GetSpan(MaxNumberLength), out int written, Fraction);
        buffer.Advance(written);
    }
}
