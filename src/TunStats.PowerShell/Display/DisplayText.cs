using System.ComponentModel;
using System.Globalization;

namespace TunStats.PowerShell.Display;

/// <summary>
/// Numbers as people read them. Called by the format file alone; scripts use the objects' own numbers.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class DisplayText
{
    private static readonly string[] BinaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    private static readonly string[] DecimalUnits = ["", " k", " M", " G", " T", " P", " E"];

    /// <summary>A number of bytes in IEC units with three or four digits, such as <c>1.46 KiB</c>.</summary>
    /// <param name="bytes">Bytes, or bytes per second; null gives an empty text.</param>
    public static string Bytes(double? bytes) => bytes is { } value ? Scale(value, 1024, BinaryUnits, " ") : "";

    /// <summary>A number of packets: exact up to ten digits, beyond that in SI units, such as <c>12.3 G</c>.</summary>
    /// <param name="count">Packets; null gives an empty text.</param>
    public static string Count(ulong? count) => count switch
    {
        null => "",
        < 10_000_000_000 => count.Value.ToString(CultureInfo.InvariantCulture),
        _ => Scale(count.Value, 1000, DecimalUnits, ""),
    };

    /// <summary>A count that is meant to be 0: any other stands out.</summary>
    /// <param name="count">The count.</param>
    /// <param name="style">The escape sequence that makes it stand out.</param>
    /// <param name="reset">The escape sequence that ends it.</param>
    public static string Alert(ulong? count, string style, string reset) =>
        count is null or 0 ? Count(count) : style + Count(count) + reset;

    /// <summary>The sum of two counters, which saturates.</summary>
    /// <param name="one">A counter.</param>
    /// <param name="other">Another.</param>
    public static ulong Sum(ulong one, ulong other) => one > ulong.MaxValue - other ? ulong.MaxValue : one + other;

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
