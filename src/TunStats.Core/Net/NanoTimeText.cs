using System;

namespace TunStats.Net;

/// <summary>RFC 3339 for <see cref="NanoTime"/>.</summary>
internal static class NanoTimeText
{
    private const int SecondsPerDay = 86_400;

    public static int Write(NanoTime time, Span<byte> destination)
    {
        (long day, long second) = Math.DivRem(time.SecondsSinceYearOne, SecondsPerDay);
        DateOnly date = DateOnly.FromDayNumber((int)day);
        Digits(destination, 0, 4, date.Year);
        destination[4] = (byte)'-';
        Digits(destination, 5, 2, date.Month);
        destination[7] = (byte)'-';
        Digits(destination, 8, 2, date.Day);
        destination[10] = (byte)'T';
        Digits(destination, 11, 2, (int)second / 3600);
        destination[13] = (byte)':';
        Digits(destination, 14, 2, (int)second / 60 % 60);
        destination[16] = (byte)':';
        Digits(destination, 17, 2, (int)second % 60);
        int at = 19;
        if (time.Nanoseconds != 0)
        {
            destination[at] = (byte)'.';
            Digits(destination, at + 1, 9, time.Nanoseconds);
            at += 10;
            while (destination[at - 1] == '0')
            {
                at--;
            }
        }

        destination[at] = (byte)'Z';
        return at + 1;
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out NanoTime time)
    {
        time = default;
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T'
            || text[13] != ':' || text[16] != ':')
        {
            return false;
        }

        int year = Number(text[..4]);
        int month = Number(text[5..7]);
        int day = Number(text[8..10]);
        int hour = Number(text[11..13]);
        int minute = Number(text[14..16]);
        int second = Number(text[17..19]);
        bool valid = year >= 1 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month)
            && hour is >= 0 and <= 23 && minute is >= 0 and <= 59 && second is >= 0 and <= 59;
        if (!valid)
        {
            return false;
        }

        int at = 19;
        int nanos = 0;
        if (text[at] == '.' && !ParseFraction(text, ref at, out nanos))
        {
            return false;
        }

        if (!ParseOffset(text[at..], out int offset))
        {
            return false;
        }

        long seconds = ((long)new DateOnly(year, month, day).DayNumber * SecondsPerDay)
            + (hour * 3600) + (minute * 60) + second - offset;
        if (seconds is < 0 or >= NanoTime.EndSeconds)
        {
            return false;
        }

        time = new NanoTime(seconds, nanos);
        return true;
    }

    private static bool ParseFraction(ReadOnlySpan<byte> text, ref int at, out int nanos)
    {
        int first = ++at;
        nanos = 0;
        for (; at < text.Length && char.IsAsciiDigit((char)text[at]); at++)
        {
            nanos = at - first < 9 ? (nanos * 10) + text[at] - '0' : nanos;
        }

        for (int digits = at - first; digits < 9; digits++)
        {
            nanos *= 10;
        }

        return at > first;
    }

    private static bool ParseOffset(ReadOnlySpan<byte> text, out int seconds)
    {
        seconds = 0;
        if (text.Length == 1 && text[0] == 'Z')
        {
            return true;
        }

        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':')
        {
            return false;
        }

        int hours = Number(text[1..3]);
        int minutes = Number(text[4..6]);
        seconds = ((hours * 3600) + (minutes * 60)) * (text[0] == '-' ? -1 : 1);
        return hours is >= 0 and <= 23 && minutes is >= 0 and <= 59;
    }

    /// <summary>The value of these digits, negative where one is not a digit.</summary>
    private static int Number(ReadOnlySpan<byte> digits)
    {
        int value = 0;
        foreach (byte c in digits)
        {
            uint digit = (uint)(c - '0');
            if (digit > 9)
            {
                return -1;
            }

            value = (value * 10) + (int)digit;
        }

        return value;
    }

    private static void Digits(Span<byte> destination, int at, int count, int value)
    {
        for (int i = count - 1; i >= 0; i--)
        {
            (value, int digit) = Math.DivRem(value, 10);
            destination[at + i] = (byte)('0' + digit);
        }
    }
}
