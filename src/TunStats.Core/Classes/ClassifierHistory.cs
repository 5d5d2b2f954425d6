using System;
using System.Threading;

namespace TunStats.Classes;

/// <summary>
/// The recent classifiers, each with the instant from which it is valid. Instants are monotonic, so that steps of the
/// wall clock do not move them. Thread-safe; a look-up allocates nothing.
/// </summary>
internal sealed class ClassifierHistory(TimeProvider timeProvider, FlowClassifier first)
{
    /// <summary>
    /// Routes may change a thousand times a second, and each classifier takes half a megabyte: the oldest are dropped.
    /// </summary>
    internal const int MaxLength = 128;

    private readonly object _gate = new();
    private Entry[] _entries = [new(long.MinValue, first)];

    internal FlowClassifier Current => Volatile.Read(ref _entries)[^1].Classifier;

    internal int Length => Volatile.Read(ref _entries).Length;

    /// <summary>The classifier valid at a monotonic timestamp; the oldest one for earlier instants.</summary>
    internal FlowClassifier AtTimestamp(long timestamp) => Find(Volatile.Read(ref _entries), timestamp);

    /// <summary>The classifier valid at an instant in UTC; the oldest one for earlier instants.</summary>
    internal FlowClassifier At(long unixNanoseconds)
    {
        Entry[] entries = Volatile.Read(ref _entries);
        return entries.Length == 1 ? entries[0].Classifier : Find(entries, ToTimestamp(unixNanoseconds));
    }

    /// <summary>Adds a classifier that is valid from a timestamp on.</summary>
    internal void Add(FlowClassifier classifier, long since)
    {
        lock (_gate)
        {
            int dropped = Math.Max(_entries.Length + 1 - MaxLength, 0);
            since = Math.Max(since, _entries[^1].Since);
            Volatile.Write(ref _entries, [.. _entries.AsSpan(dropped), new Entry(since, classifier)]);
        }
    }

    /// <summary>Keeps only one classifier, as if it had always been valid.</summary>
    internal void Reset(FlowClassifier classifier)
    {
        lock (_gate)
        {
            Volatile.Write(ref _entries, [new Entry(long.MinValue, classifier)]);
        }
    }

    /// <summary>Drops the classifiers that are only valid before an instant in UTC.</summary>
    internal void Forget(long unixNanoseconds)
    {
        if (Length > 1)
        {
            ForgetTimestamp(ToTimestamp(unixNanoseconds));
        }
    }

    /// <summary>Drops the classifiers that are only valid before a monotonic timestamp.</summary>
    internal void ForgetTimestamp(long before)
    {
        lock (_gate)
        {
            int needed = _entries.Length - 1;
            while (needed > 0 && _entries[needed].Since > before)
            {
                needed--;
            }

            if (needed > 0)
            {
                Volatile.Write(ref _entries, _entries[needed..]);
            }
        }
    }

    private static FlowClassifier Find(Entry[] entries, long timestamp)
    {
        int i = entries.Length - 1;
        while (i > 0 && entries[i].Since > timestamp)
        {
            i--;
        }

        return entries[i].Classifier;
    }

    private long ToTimestamp(long unixNanoseconds)
    {
        const int NanosecondsPerTick = 100, NanosecondsPerSecond = 1_000_000_000;
        (DateTimeOffset utc, long timestamp) = ReadClocks();
        Int128 now = (utc - DateTimeOffset.UnixEpoch).Ticks * (Int128)NanosecondsPerTick;
        Int128 back = (now - unixNanoseconds) * timeProvider.TimestampFrequency / NanosecondsPerSecond;
        return (long)Int128.Clamp(timestamp - back, long.MinValue, long.MaxValue);
    }

    /// <summary>
    /// Both clocks at one instant. The readings are repeated if the thread was paused between them.
    /// </summary>
    private (DateTimeOffset Utc, long Timestamp) ReadClocks()
    {
        const int Tries = 10;
        const int Close = 20_000; // of a second: 50 microseconds
        (DateTimeOffset, long) best = default;
        long shortest = long.MaxValue;
        for (int i = 0; i < Tries && shortest > timeProvider.TimestampFrequency / Close; i++)
        {
            long before = timeProvider.GetTimestamp();
            DateTimeOffset utc = timeProvider.GetUtcNow();
            long passed = timeProvider.GetTimestamp() - before;
            if (passed < shortest)
            {
                shortest = passed;
                best = (utc, before + (passed / 2));
            }
        }

        return best;
    }

    private readonly record struct Entry(long Since, FlowClassifier Classifier);
}
