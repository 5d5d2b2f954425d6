using System;

namespace TunStats.Net;

/// <summary>Instants as nanoseconds since 1970 in one number, for places that store millions of them.</summary>
internal static class UnixTime
{
    private const long PerSecond = NanoTime.NanosPerSecond;

    internal static NanoTime ToNanoTime(long nanoseconds)
    {
        long seconds = nanoseconds >= 0 ? nanoseconds / PerSecond : ((nanoseconds + 1) / PerSecond) - 1;
        return NanoTime.FromUnix(seconds, (int)(nanoseconds - (seconds * PerSecond)));
    }

    internal static long FromNanoTime(NanoTime time) => Combine(time.UnixSeconds, time.Nanoseconds);

    internal static long Now(TimeProvider timeProvider) =>
        (timeProvider.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100;

    /// <summary>The instant, or the nearest representable one (years 1678 to 2261).</summary>
    internal static long Combine(long seconds, long nanoseconds)
    {
        const long Most = (long.MaxValue / PerSecond) - 1;
        return (Math.Clamp(seconds, -Most, Most) * PerSecond) + nanoseconds;
    }
}
