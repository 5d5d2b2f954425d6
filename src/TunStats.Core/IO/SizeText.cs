using System.Globalization;

namespace TunStats.IO;

/// <summary>Sizes and counts as people read them, the same in every culture.</summary>
internal static class SizeText
{
    private static readonly string[] BinaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    private static readonly string[] DecimalUnits = ["", "k", "M", "G", "T", "P", "E"];

    /// <summary>Bytes in IEC units with three digits, such as <c>1.46 KiB</c>.</summary>
    /// <param name="bytes">Bytes, or bytes per second.</param>
    public static string Bytes(double bytes) => Scale(bytes, 1024, BinaryUnits, " ");

    /// <summary>A count in SI units with three digits, such as <c>12.3M</c>.</summary>
    /// <param name="count">Packets, or packets per second.</param>
    public static string Count(double count) => Scale(count, 1000, DecimalUnits, "");

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
