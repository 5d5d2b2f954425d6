using System;
using System.Globalization;
using TunStats.Bench.Harness;
using TunStats.Links;

namespace TunStats.Bench.Cases;

/// <summary>One poll of one device on an open socket.</summary>
internal static class PollCases
{
    private const int Loopback = 1;
    private const int Rounds = 5_000;

    internal static BenchCase[] Create() =>
    [
        new("poll of one device: time", "<= 1.15 x C", Time),
        new("poll of one device: allocated", "0 B", Allocated),
        new("poll of one device: system calls", "2", SystemCalls),
    ];

    internal static void PollLoopback(int count)
    {
        using LinkClient client = LinkClient.Open();
        Poll(client, count);
    }

    private static Measurement Time(BenchEnvironment environment)
    {
        using LinkClient client = LinkClient.Open();
        using var limit = new LimitProgram(
            environment.Limit("poll"), Loopback.ToString(CultureInfo.InvariantCulture));
        return Measurement.Ratio(SideBySide.Run(limit, n => Poll(client, n), Rounds), 1.15, "us", 1e3);
    }

    private static Measurement Allocated(BenchEnvironment environment)
    {
        using LinkClient client = LinkClient.Open();
        return Measurement.Most(SideBySide.BytesPerRound(n => Poll(client, n), Rounds), 0, "B");
    }

    private static Measurement SystemCalls(BenchEnvironment environment)
    {
        // The runtime's own calls, at its start and on its other threads, are in both counts.
        const int Few = 1_000, Many = 21_000;
        double difference = SystemCallCount.Of("polls", Many) - SystemCallCount.Of("polls", Few);
        double each = difference / (Many - Few);
        return new Measurement(
            string.Create(CultureInfo.InvariantCulture, $"{each:0.000}"), Math.Abs(each - 2) < 0.02);
    }

    private static ulong Poll(LinkClient client, int count)
    {
        ulong sum = 0;
        for (int i = 0; i < count; i++)
        {
            LinkCounters counters = client.ReadCounters(Loopback);
            sum += counters.TxDropped + counters.Raw.tx_packets;
        }

        return sum;
    }
}
