using System;
using System.Buffers;

namespace TunStats.Metrics;

/// <summary>
/// Common parts of all metrics. The two formats differ in the names of counters, which OpenMetrics gives to the family
/// without _total, in the units, which only OpenMetrics has, and in its end mark.
/// </summary>
internal static class MetricsText
{
    /// <summary>The number of bytes that <see cref="IsOwnStart"/> needs.</summary>
    internal const int MaxStartLength = 16;

    /// <summary>Whether a text starts like a metrics text of this or an earlier version.</summary>
    /// <param name="start">The first bytes of a file.</param>
    internal static bool IsOwnStart(ReadOnlySpan<byte> start) =>
        start.StartsWith("# HELP tundev_"u8) || start.StartsWith("# HELP tunstats_"u8);

    /// <summary>Writes the head of a gauge, whose unit may be empty.</summary>
    internal static void Gauge(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> unit,
        ReadOnlySpan<byte> help,
        bool open,
        IBufferWriter<byte> buffer)
    {
        Comment("# HELP "u8, name, default, help, buffer);
        Comment("# TYPE "u8, name, default, "gauge"u8, buffer);
        if (open && !unit.IsEmpty)
        {
            Comment("# UNIT "u8, name, default, unit, buffer);
        }
    }

    /// <summary>Writes the head of a counter.</summary>
    internal static void Counter(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> unit,
        ReadOnlySpan<byte> help,
        bool open,
        IBufferWriter<byte> buffer)
    {
        ReadOnlySpan<byte> suffix = open ? default : "_total"u8;
        Comment("# HELP "u8, name, suffix, help, buffer);
        Comment("# TYPE "u8, name, suffix, "counter"u8, buffer);
        if (open)
        {
            Comment("# UNIT "u8, name, suffix, unit, buffer);
        }
    }

    /// <summary>Writes a line about a family, such as its help.</summary>
    internal static void Comment(
        ReadOnlySpan<byte> keyword,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> suffix,
        ReadOnlySpan<byte> text,
        IBufferWriter<byte> buffer)
    {
        buffer.Write(keyword);
        buffer.Write(name);
        buffer.Write(suffix);
        buffer.Write(" "u8);
        buffer.Write(text);
        buffer.Write("\n"u8);
    }

    /// <summary>Writes a value with its labels.</summary>
    internal static void Sample(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> suffix,
        ReadOnlySpan<byte> labels,
        ulong value,
        IBufferWriter<byte> buffer) => Sample(name, suffix, "{"u8, labels, "} "u8, value, buffer);

    /// <summary>Writes a value of a device.</summary>
    internal static void Labelled(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> suffix,
        ReadOnlySpan<byte> device,
        ulong value,
        IBufferWriter<byte> buffer) => Sample(name, suffix, "{device=\""u8, device, "\"} "u8, value, buffer);

    private static void Sample(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> suffix,
        ReadOnlySpan<byte> open,
        ReadOnlySpan<byte> labels,
        ReadOnlySpan<byte> close,
        ulong value,
        IBufferWriter<byte> buffer)
    {
        buffer.Write(name);
        buffer.Write(suffix);
        buffer.Write(open);
        buffer.Write(labels);
        buffer.Write(close);
        buffer.Write(value);
        buffer.Write("\n"u8);
    }
}
