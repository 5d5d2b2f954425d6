using System;
using System.ComponentModel;
using System.Globalization;

namespace TunStats.PowerShell.Display;

/// <summary>
/// Numbers and times as people read them, for views and progress alone; scripts use the objects' own values.
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

    /// <summary>Date and time in UTC, marked as such; empty where there is none.</summary>
    public static string Time(DateTime? utc) =>
        utc?.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) ?? "";

    /// <summary>The time of day in UTC, marked as such; empty where there is none.</summary>
    public static string TimeOfDay(DateTime? utc) =>
        utc?.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

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

    /// <summary>The name of an enum's value; empty for None.</summary>
    public static string UnlessNone(string name) => name == "None" ? "" : name;

    private static string Age(long count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {unit}");

    private static string Exact(ulong? count) => count?.ToString(CultureInfo.InvariantCulture) ?? "";

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
