using System;

namespace TunStats.Net;

/// <summary>
/// An instant in UTC to the nanosecond, from the year 1 to the end of 9999; the default value is
/// 0001-01-01T00:00:00Z. Text is RFC 3339: <c>2022-10-13T20:23:10.165Z</c>, up to nine digits of a fraction, trailing
/// zeros left out.
/// </summary>
public readonly record struct NanoTime : IComparable<NanoTime>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>The longest text, in characters.</summary>
    public const int MaxTextLength = 30;

    internal const int NanosPerSecond = 1_000_000_000;

    /// <summary>Seconds from 0001-01-01 to 1970-01-01.</summary>
    internal const long UnixEpochSeconds = 62_135_596_800;

    /// <summary>Seconds from 0001-01-01 to 10000-01-01.</summary>
    internal const long EndSeconds = 315_537_897_600;

    private readonly long _seconds;
    private readonly int _nanos;

    internal NanoTime(long secondsSinceYearOne, int nanos)
    {
        _seconds = secondsSinceYearOne;
        _nanos = nanos;
    }

    /// <summary>Seconds since 1970-01-01T00:00:00Z, negative before it, rounded down.</summary>
    public long UnixSeconds => _seconds - UnixEpochSeconds;

    /// <summary>Nanoseconds within the second, 0 to 999,999,999.</summary>
    public int Nanoseconds => _nanos;

    internal long SecondsSinceYearOne => _seconds;

    /// <summary>The instant of a Unix time.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The nanoseconds are not within a second, or the instant is outside the years 1 to 9999.
    /// </exception>
    public static NanoTime FromUnix(long seconds, int nanoseconds = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nanoseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(nanoseconds, NanosPerSecond);
        ArgumentOutOfRangeException.ThrowIfLessThan(seconds, -UnixEpochSeconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(seconds, EndSeconds - UnixEpochSeconds);
        return new NanoTime(seconds + UnixEpochSeconds, nanoseconds);
    }

    /// <summary>The instant of a <see cref="DateTime"/>; one of unspecified kind is taken as UTC.</summary>
    public static NanoTime FromDateTime(DateTime time)
    {
        long ticks = (time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time).Ticks;
        (long seconds, long rest) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
        return new NanoTime(seconds, (int)rest * 100);
    }

    /// <summary>The instant of a <see cref="DateTimeOffset"/>.</summary>
    public static NanoTime FromDateTimeOffset(DateTimeOffset time) => FromDateTime(time.UtcDateTime);

    /// <summary>In UTC, cut to the 100 ns that a <see cref="DateTime"/> holds.</summary>
    public DateTime ToDateTime() =>
        new((_seconds * TimeSpan.TicksPerSecond) + (_nanos / 100), DateTimeKind.Utc);

    /// <summary>In UTC, cut to the 100 ns that a <see cref="DateTimeOffset"/> holds.</summary>
    public DateTimeOffset ToDateTimeOffset() => new(ToDateTime());

    /// <summary>Seconds from another instant to this one, negative where this one is earlier.</summary>
    public double SecondsSince(NanoTime earlier) => (_seconds - earlier._seconds) + ((_nanos - earlier._nanos) / 1e9);

    /// <summary>The instant later (or earlier) by this time, exact to the 100 ns of a <see cref="TimeSpan"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The instant is outside the years 1 to 9999.</exception>
    public NanoTime Add(TimeSpan span)
    {
        (long seconds, long rest) = Math.DivRem(span.Ticks, TimeSpan.TicksPerSecond);
        long nanos = _nanos + (rest * 100);
        long carry = nanos < 0 ? -1 : nanos >= NanosPerSecond ? 1 : 0;
        return FromUnix(UnixSeconds + seconds + carry, (int)(nanos - (carry * NanosPerSecond)));
    }

    /// <summary>Reads an RFC 3339 text of any offset; digits of the fraction beyond the ninth are cut.</summary>
    /// <exception cref="FormatException">The text is not valid, or outside the years 1 to 9999.</exception>
    public static NanoTime Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out NanoTime time)
            ? time
            : throw new FormatException(
                $"'{text}' is not a valid RFC 3339 time; write it as 2006-01-02T15:04:05.999Z.");
    }

    /// <summary>Reads an RFC 3339 text of any offset; false if it is not valid.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out NanoTime time)
    {
        // Longer than any sensible fraction; a text outside ASCII is rejected too.
        const int Enough = 128;
        Span<byte> ascii = stackalloc byte[Enough];
        if (text.Length <= Enough
            && System.Text.Ascii.FromUtf16(text, ascii, out int length) == System.Buffers.OperationStatus.Done)
        {
            return NanoTimeText.TryParse(ascii[..length], out time);
        }

        time = default;
        return false;
    }

    /// <summary>As <see cref="TryParse(ReadOnlySpan{char}, out NanoTime)"/>, for UTF-8.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out NanoTime time) =>
        NanoTimeText.TryParse(utf8Text, out time);

    /// <summary>RFC 3339.</summary>
    public override string ToString()
    {
        Span<byte> scratch = stackalloc byte[MaxTextLength];
        return System.Text.Encoding.ASCII.GetString(scratch[..NanoTimeText.Write(this, scratch)]);
    }

    /// <summary>RFC 3339; format and provider are not used.</summary>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes RFC 3339 without allocating; false if the destination is too short.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten)
    {
        Span<byte> scratch = stackalloc byte[MaxTextLength];
        scratch = scratch[..NanoTimeText.Write(this, scratch)];
        bool fits = scratch.Length <= destination.Length;
        charsWritten = fits ? System.Text.Encoding.ASCII.GetChars(scratch, destination) : 0;
        return fits;
    }

    /// <summary>Writes RFC 3339 as UTF-8 without allocating; false if the destination is too short.</summary>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten)
    {
        Span<byte> scratch = stackalloc byte[MaxTextLength];
        scratch = scratch[..NanoTimeText.Write(this, scratch)];
        bool fits = scratch.TryCopyTo(utf8Destination);
        bytesWritten = fits ? scratch.Length : 0;
        return fits;
    }

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    bool IUtf8SpanFormattable.TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(utf8Destination, out bytesWritten);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_seconds, _nanos);

    /// <summary>By time.</summary>
    public int CompareTo(NanoTime other)
    {
        int order = _seconds.CompareTo(other._seconds);
        return order != 0 ? order : _nanos.CompareTo(other._nanos);
    }

    /// <summary>Earlier.</summary>
    public static bool operator <(NanoTime left, NanoTime right) => left.CompareTo(right) < 0;

    /// <summary>Later.</summary>
    public static bool operator >(NanoTime left, NanoTime right) => left.CompareTo(right) > 0;
}
