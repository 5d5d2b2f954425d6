using System;
using System.Globalization;
using System.Text;
using TunStats.IO;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// Lays a message out for people: who and when, then a table of rates per second, a line with the sum of each class and
/// below it the connections, the largest first.
/// </summary>
internal static class NetLogText
{
    private const double Kilo = 1e3;
    private const double Kibi = 1024;

    /// <summary>Room for any rate below 2^64 per second with its unit.</summary>
    internal const int RateLength = 32;

    /// <summary>The maximum number of characters of a text in the head.</summary>
    private const int MaxTextLength = 256;

    /// <summary>A message as text that ends with a line end.</summary>
    public static string Format(NetLogMessage message, NetLogTextOptions? options = null)
    {
        StringBuilder text = new();
        Append(text, message, options);
        return text.ToString();
    }

    /// <summary>Appends a message: a double rule, its head, its table.</summary>
    public static void Append(StringBuilder output, NetLogMessage message, NetLogTextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(message);
        Append(output, message, options ?? new NetLogTextOptions(), lineDone: null);
    }

    /// <summary>
    /// Writes a message line by line: memory does not grow with its length. Texts of the message are cut if they are
    /// longer than any that is meant for people.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="options">How it is laid out; null for the defaults.</param>
    /// <param name="write">Receives the text, a line or a part of one; valid only during the call.</param>
    public static void Write(NetLogMessage message, NetLogTextOptions? options, Action<ReadOnlyMemory<char>> write)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(write);
        StringBuilder lines = new();
        Append(lines, message, options ?? new NetLogTextOptions(), Empty);
        Empty(lines);

        void Empty(StringBuilder text)
        {
            foreach (ReadOnlyMemory<char> chunk in text.GetChunks())
            {
                write(chunk);
            }

            text.Clear();
        }
    }

    /// <summary>
    /// A number with two decimals and a decimal unit, or a blank instead: <c>16.80 </c>, <c>1.23k</c>, up to G. False
    /// where the destination is too short.
    /// </summary>
    public static bool TryFormatSI(double value, Span<char> destination, out int charsWritten) =>
        TryFormat(value, Kilo, [" ", "k", "M", "G"], destination, out charsWritten);

    /// <summary>
    /// A number with two decimals and a binary unit, or two blanks instead: <c>27.60 </c>, <c>1.64Ki</c>, up to Gi.
    /// False if the destination is too short.
    /// </summary>
    public static bool TryFormatIEC(double value, Span<char> destination, out int charsWritten) =>
        TryFormat(value, Kibi, ["  ", "Ki", "Mi", "Gi"], destination, out charsWritten);

    private static void Append(
        StringBuilder output, NetLogMessage message, NetLogTextOptions options, Action<StringBuilder>? lineDone)
    {
        NetLogTable table = new(message, options);
        output.Append('=', table.Width).Append(options.LineEnd);
        AppendHead(output, message, options);
        table.AppendTo(output, lineDone);
    }

    private static bool TryFormat(
        double value, double step, ReadOnlySpan<string> units, Span<char> destination, out int charsWritten)
    {
        value = Math.Abs(value);
        int unit = 0;
        while (unit < units.Length - 1 && value >= step)
        {
            value /= step;
            unit++;
        }

        // Ties round to even; only odd eighths are ties.
        double eighths = value * 8;
        value = Math.Floor(eighths) == eighths && eighths % 4 == 1 ? Math.BitDecrement(value) : value;
        if (value.TryFormat(destination, out charsWritten, "F2", CultureInfo.InvariantCulture)
            && units[unit].AsSpan().TryCopyTo(destination[charsWritten..]))
        {
            charsWritten += units[unit].Length;
            return true;
        }

        charsWritten = 0;
        return false;
    }

    private static void AppendHead(StringBuilder output, NetLogMessage message, NetLogTextOptions options)
    {
        if (message.LogId.Length > 0)
        {
            output.Append("LogID:  ");
            PrintableText.Append(output, message.LogId, MaxTextLength);
            output.Append(options.LineEnd);
        }

        if (message.NodeId.Length > 0)
        {
            output.Append("NodeID: ");
            PrintableText.Append(output, message.NodeId, MaxTextLength);
            output.Append(options.LineEnd);
        }

        if (message.LoggedTime is { } logged)
        {
            output.Append("Logged: ");
            AppendTime(output, logged, options.TimeZone);
            output.Append(options.LineEnd);
        }

        output.Append("Window: ");
        AppendTime(output, message.StartTime, options.TimeZone);
        double seconds = message.EndTime.SecondsSince(message.StartTime);
        output.Append(CultureInfo.InvariantCulture, $" ({seconds:F3}s)").Append(options.LineEnd);
    }

    private static void AppendTime(StringBuilder output, NanoTime time, TimeZoneInfo zone)
    {
        // At the limits of the calendar the time in another zone may not exist.
        DateTime utc = time.ToDateTime();
        bool isFar = utc.Year is 1 or 9999;
        if (isFar || zone.BaseUtcOffset == TimeSpan.Zero && !zone.SupportsDaylightSavingTime)
        {
            output.Append(CultureInfo.InvariantCulture, $"{utc:yyyy-MM-dd HH:mm:ss.fff}Z");
            return;
        }

        DateTimeOffset local = TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), zone);
        output.Append(CultureInfo.InvariantCulture, $"{local:yyyy-MM-dd HH:mm:ss.fffzzz}");
    }
}
