using System;
using System.Globalization;
using System.Management.Automation;

namespace TunStats.PowerShell.Completion;

/// <summary>Takes a bare number as seconds, where PowerShell would take it as ticks of 100 ns.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecondsAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            TimeSpan => value,
            string text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
                ? FromSeconds(seconds)
                : value,
            sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal =>
                FromSeconds(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
            _ => value,
        };
    }

    private static TimeSpan FromSeconds(double seconds) =>
        double.IsNaN(seconds) || Math.Abs(seconds) > 1e9
            ? throw new ArgumentTransformationMetadataException($"{seconds} is no number of seconds to wait.")
            : TimeSpan.FromSeconds(seconds);
}
