using System;

namespace TunStats.Export;

/// <summary>The limits of a sink's queue.</summary>
internal sealed record SinkQueueOptions
{
    /// <summary>The most messages that wait in memory.</summary>
    internal int MaxMessages { get; init; } = 65_536;

    /// <summary>The most bytes of JSON that wait in memory.</summary>
    internal long MaxBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The most messages that a sink gets at once.</summary>
    internal int MaxBatchMessages { get; init; } = 1000;

    /// <summary>The most bytes that a sink gets at once; a larger message comes alone.</summary>
    internal int MaxBatchBytes { get; init; } = 1024 * 1024;

    /// <summary>The first time between two attempts; it doubles with each.</summary>
    internal TimeSpan MinRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time between two attempts that the destination does not ask for.</summary>
    internal TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest time between two attempts that the destination may ask for.</summary>
    internal TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(10);
}
