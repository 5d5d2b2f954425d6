using System;
using System.ComponentModel;
using System.Globalization;
using System.Management.Automation;
using TunStats.NetLog;

namespace TunStats.PowerShell.Display;

/// <summary>
/// Numbers as people read them. Called by the format file alone; scripts use the objects' own numbers.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class DisplayText
{
    private static readonly string[] BinaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    private static readonly string[] DecimalUnits = ["", "k", "M", "G", "T", "P", "E"];

    /// <summary>A number of bytes in IEC units with three or four digits, such as <c>1.46 KiB</c>.</summary>
    /// <param name="bytes">Bytes, or bytes per second; null gives an empty text.</param>
    public static string Bytes(double? bytes) => bytes is { } value ? Scale(value, 1024, BinaryUnits, " ") : "";

    /// <summary>
    /// A count in at most six characters: exact below a million, then SI units, such as <c>12.3M</c>.
    /// </summary>
    /// <param name="count">Packets; null gives an empty text.</param>
    public static string Count(ulong? count) => count switch
    {
        null => "",
        < 1_000_000 => Exact(count),
        _ => Scale(count.Value, 1000, DecimalUnits, ""),
    };

    /// <summary>A count in a table that is meant to be 0: any other stands out.</summary>
    /// <param name="count">The count.</param>
    /// <param name="style">The session's <c>$PSStyle</c>.</param>
    /// <param name="isRedirected">Whether the process writes to a file or a pipe, where escape sequences are
    /// noise.</param>
    public static string Alert(ulong? count, PSObject style, bool isRedirected) =>
        Highlight(count, Count(count), style, isRedirected);

    /// <summary>A count in a list that is meant to be 0, with all its digits: any other stands out.</summary>
    /// <param name="count">The count.</param>
    /// <param name="style">The session's <c>$PSStyle</c>.</param>
    /// <param name="isRedirected">Whether the process writes to a file or a pipe, where escape sequences are
    /// noise.</param>
    public static string AlertExact(ulong? count, PSObject style, bool isRedirected) =>
        Highlight(count, Exact(count), style, isRedirected);

    /// <summary>How long ago something was, in its largest unit; <c>never</c> where it never was.</summary>
    /// <param name="age">The time since then; null where it never was.</param>
    public static string Age(TimeSpan? age) => age switch
    {
        null => "never",
        { TotalMinutes: < 2 } time => Age((long)time.TotalSeconds, "s"),
        { TotalHours: < 2 } time => Age((long)time.TotalMinutes, "min"),
        { TotalDays: < 2 } time => Age((long)time.TotalHours, "h"),
        { } time => Age((long)time.TotalDays, "d"),
    };

    /// <summary>The sum of two counters, which saturates.</summary>
    /// <param name="one">A counter.</param>
    /// <param name="other">Another.</param>
    public static ulong Sum(ulong one, ulong other) => one > ulong.MaxValue - other ? ulong.MaxValue : one + other;

    /// <summary>
    /// A network log message as people read it: totals per class, then its connections, largest first.
    /// </summary>
    /// <param name="message">The message.</param>
    public static string Message(NetLogMessage message) =>
        NetLogText.Format(message, new NetLogTextOptions { TimeZone = TimeZoneInfo.Local });

    private static string Age(long count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {unit}");

    private static string Exact(ulong? count) => count?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string Highlight(ulong? count, string text, PSObject style, bool isRedirected)
    {
        // PowerShell itself takes the sequences out where a pipeline captures text; a redirected process is left to us.
        if (count is null or 0 || (isRedirected && $"{style.Properties["OutputRendering"].Value}" == "Host"))
        {
            return text;
        }

        PSObject colours = PSObject.AsPSObject(style.Properties["Foreground"].Value);
        return $"{colours.Properties["BrightYellow"].Value}{text}{style.Properties["Reset"].Value}";
    }

    private static string Scale(double value, double step, string[] units, string space)
    {
        int unit = 0;
        while (value >= step && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }

        string format = unit == 0 || value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + space + units[unit];
    }
}
