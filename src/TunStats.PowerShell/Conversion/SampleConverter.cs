using System;
using System.Management.Automation;
using TunStats.Views;

namespace TunStats.PowerShell.Conversion;

/// <summary>Reads samples of devices that came back from a job, a file or another machine.</summary>
internal static class SampleConverter
{
    /// <summary>Adds a sample to a report.</summary>
    /// <returns>False if the object is not a sample.</returns>
    internal static bool TryAdd(PropertyReader sample, TunReport report)
    {
        if (!IsSample(sample))
        {
            return false;
        }

        if (sample.Value("Increase") is { } value)
        {
            var increase = new PropertyReader(PSObject.AsPSObject(value));
            if (!increase.Has("TxDropped"))
            {
                return false;
            }

            report.AddSample(
                sample.Text("Name"),
                sample.Time("Timestamp") ?? default,
                Elapsed(sample),
                new LinkTotals(
                    increase.Read<ulong>("TxBytes"),
                    increase.Read<ulong>("RxBytes"),
                    increase.Read<ulong>("TxDropped"),
                    increase.Read<ulong>("RxDropped"),
                    increase.Read<ulong>("TxErrors"),
                    increase.Read<ulong>("RxErrors")));
        }

        return true;
    }

    /// <summary>Whether a sample came through CSV, which keeps no more of the increase than a word.</summary>
    internal static bool HasLostCounters(PropertyReader sample) =>
        IsSample(sample) && sample.Value("Increase") is string;

    private static bool IsSample(PropertyReader sample) =>
        sample.Has("Name") && sample.Has("Timestamp") && sample.Has("Increase");

    /// <summary>The time between two samples; in JSON it is an object or, as tunstats writes it, seconds.</summary>
    private static TimeSpan Elapsed(PropertyReader sample) => sample.Value("Elapsed") switch
    {
        null => TimeSpan.FromSeconds(sample.Read<double>("ElapsedSeconds")),
        PSObject { BaseObject: PSCustomObject } parts => new TimeSpan(new PropertyReader(parts).Read<long>("Ticks")),
        _ => sample.Read<TimeSpan>("Elapsed"),
    };
}
