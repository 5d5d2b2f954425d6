using System;
using System.Globalization;
using TunStats.Interop;
using TunStats.Links;

namespace TunStats.Cli.Commands;

/// <summary>Figures as people read them, the same in every culture; and the colours of a terminal.</summary>
internal static class HumanText
{
    internal const string Yellow = "\u001b[93m";
    internal const string Plain = "\u001b[0m";

    /// <summary>Whether standard output is a terminal whose user did not say no to colour.</summary>
    internal static bool IsColourWanted =>
        Libc.IsTerminal(StandardDescriptors.Output)
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    internal static string Count(ulong count) => count.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// The name of a state. Enum.ToString looks names up by reflection, which a native program would carry for this
    /// alone.
    /// </summary>
    internal static string State(OperationalState state) => state switch
    {
        OperationalState.NotPresent => "NotPresent",
        OperationalState.Down => "Down",
        OperationalState.LowerLayerDown => "LowerLayerDown",
        OperationalState.Testing => "Testing",
        OperationalState.Dormant => "Dormant",
        OperationalState.Up => "Up",
        _ => "Unknown",
    };

    /// <summary>How long ago something was, in its largest unit; <c>never</c> where it never was.</summary>
    internal static string Age(TimeSpan? age) => age switch
    {
        null => "never",
        { TotalMinutes: < 2 } time => Age((long)time.TotalSeconds, "s"),
        { TotalHours: < 2 } time => Age((long)time.TotalMinutes, "min"),
        { TotalDays: < 2 } time => Age((long)time.TotalHours, "h"),
        { } time => Age((long)time.TotalDays, "d"),
    };

    private static string Age(long count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {unit}");
}
