using System;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Capture;

/// <summary>An interface of a pcapng section: its link type and time stamp format.</summary>
internal sealed class CaptureInterface
{
    // A resolution of 10^-n or 2^-n s; the default is 10^-6.
    private const byte DefaultResolution = 6;
    private const int MaxDecimals = 19;

    internal required int LinkType { get; init; }

    internal uint SnapLength { get; init; }

    internal byte Resolution { get; init; } = DefaultResolution;

    internal long OffsetSeconds { get; init; }

    internal LocalAddresses? Local { get; init; }

    internal bool WasWarnedOf { get; set; }

    /// <summary>Packets dropped before others, as these say (epb_dropcount).</summary>
    internal ulong DroppedByPackets { get; set; }

    /// <summary>Packets dropped from the beginning, as the last statistics say (isb_ifdrop and isb_osdrop).</summary>
    internal ulong DroppedByStatistics { get; set; }

    /// <summary>Packets dropped; both sources count the same ones.</summary>
    internal ulong Dropped => Math.Max(DroppedByPackets, DroppedByStatistics);

    /// <summary>Converts a stamp to nanoseconds since 1970.</summary>
    internal long ToUnixNanoseconds(ulong stamp)
    {
        if (Resolution == DefaultResolution && OffsetSeconds == 0 && stamp < long.MaxValue / 1000)
        {
            return (long)stamp * 1000;
        }

        int digits = Resolution & 0x7f;
        UInt128 nanoseconds = (UInt128)stamp * NanoTime.NanosPerSecond;
        if ((Resolution & 0x80) != 0)
        {
            nanoseconds >>= digits;
        }
        else
        {
            nanoseconds = digits > MaxDecimals ? 0 : nanoseconds / Power(digits);
        }

        (UInt128 seconds, UInt128 rest) = UInt128.DivRem(nanoseconds, NanoTime.NanosPerSecond);
        long whole = seconds > long.MaxValue / 2 ? long.MaxValue / 2 : (long)seconds;
        long shift = Math.Clamp(OffsetSeconds, long.MinValue / 2, long.MaxValue / 2);
        return UnixTime.Combine(whole + shift, (long)rest);
    }

    private static ulong Power(int digits)
    {
        ulong power = 1;
        for (int i = 0; i < digits; i++)
        {
            power *= 10;
        }

        return power;
    }
}
