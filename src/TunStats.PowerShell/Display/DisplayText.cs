using System;
using System.ComponentModel;
using System.Globalization;
using TunStats.IO;

namespace TunStats.PowerShell.Display;

/// <summary>
/// Numbers and times as people read them, for views and progress alone; scripts use the objects' own values.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class DisplayText
{
    /// <summary>A number of bytes in IEC units with three or four digits, such as <c>1.46 KiB</c>.</summary>
    /// <param name="bytes">Bytes, or bytes per second; null gives an empty text.</param>
    public static string Bytes(double? bytes) => bytes is { } value ? SizeText.Bytes(value) : "";

    /// <summary>
    /// A count in at most six characters: exact below a million, then SI units, such as <c>12.3M</c>.
    /// </summary>
    /// <param name="count">Packets; null gives an empty text.</param>
    public static string Count(ulong? count) => count switch
    {
        null => "",
        < 1_000_000 => Exact(count),
        _ => SizeText.Count(count.Value),
    };

    /// <summary>Date and time in UTC, marked as such; empty if there is none.</summary>
    public static string Time(DateTime? utc) =>
        utc?.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) ?? "";

    /// <summary>The time of day in UTC, marked as such; empty if there is none.</summary>
    public static string TimeOfDay(DateTime? utc) =>
        utc?.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    /// <summary>How long ago something was, in its largest unit; <c>never</c> where it never was.</summary>
    /// <param name="age">The time since then; null if it never was.</param>
    public static string Age(TimeSpan? age) => age switch
    {
        null => "never",
        { TotalMinutes: < 2 } time => Age((long)time.TotalSeconds, "s"),
        { TotalHours: < 2 } time => Age((long)time.TotalMinutes, "min"),
        { TotalDays: < 2 } time => Age((long)time.TotalHours, "h"),
        { } time => Age((long)time.TotalDays, "d"),
    };

    /// <summary>The name of an enum's value; empty for None.</summary>
    public static string UnlessNone(string name) => name == "None" ? "" : name;

    private static string Age(long count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {unit}");

    private static string Exact(ulong? count) => count?.ToString(CultureInfo.InvariantCulture) ?? "";
}
