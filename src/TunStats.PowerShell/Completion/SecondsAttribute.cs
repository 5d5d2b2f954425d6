using System;
using System.Collections;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using TunStats.IO;

namespace TunStats.PowerShell.Completion;

/// <summary>
/// Takes times as tunstats does: 15, 500ms, 1m, 00:00:15. PowerShell would take a bare number as ticks of 100 ns.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecondsAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (inputData is PSObject && value is not (string or TimeSpan) && $"{inputData}" is { Length: > 0 } written
            && char.IsAsciiLetter(written[^1]))
        {
            // A number with a suffix, as it was typed: PowerShell reads 1d as a decimal and 1kb as 1024.
            value = written;
        }

        return value switch
        {
            null => throw NotATime("$null"),
            TimeSpan => value,
            string text => Durations.TryParse(text.Trim(), out TimeSpan time)
                || TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out time)
                ? time
                : throw NotATime(text),
            sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal =>
                FromSeconds(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
            // 0,5 is a list to PowerShell.
            IEnumerable list => throw NotATime(string.Join(',', list.Cast<object?>())),
            _ => value,
        };
    }

    private static TimeSpan FromSeconds(double seconds) =>
        double.IsNaN(seconds) || Math.Abs(seconds) > 1e9
            ? throw NotATime(seconds)
            : TimeSpan.FromSeconds(seconds);

    private static ArgumentTransformationMetadataException NotATime(object value) => new(
        $"'{Convert.ToString(value, CultureInfo.InvariantCulture)}' is not a time. Give seconds, or a number with its "
        + "unit, such as 15, 500ms, 5m or 1h, or hh:mm:ss.");
}
