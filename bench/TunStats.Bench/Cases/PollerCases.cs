using System;
using System.Globalization;
using System.Threading;
using TunStats.Bench.Harness;
using TunStats.Lab;
using TunStats.Polling;

namespace TunStats.Bench.Cases;

/// <summary>
/// One beat of a poller whose samples nobody takes: counters and link events are read, increases and totals kept, as
/// the poller in C does with which it takes turns.
/// </summary>
internal static class PollerCases
{
    private const int Loopback = 1;
    private const int Rounds = 5_000;
    private const int CrowdRounds = 60;

    internal static BenchCase[] Create() =>
    [
        new("beat of a poller of one device: time", "<= 1.3 x C", OneTime),
        new("beat of a poller of one device: allocated", "0 B", OneAllocated),
        new("beat of a poller of 1,000 devices: time", "<= 1.3 x C", CrowdTime),
        new("beat of a poller of 1,000 devices: allocated", "0 B", CrowdAllocated),
    ];

    internal static void PollLoopback(int count)
    {
        using LinkPoller poller = Open("lo");
        Poll(poller, count);
    }

    private static Measurement OneTime(BenchEnvironment environment)
    {
        using LinkPoller poller = Open("lo");
        using var limit = new LimitProgram(
            environment.Limit("beat"), "-", Loopback.ToString(CultureInfo.InvariantCulture), "2");
        return Measurement.Ratio(SideBySide.Run(limit, n => Poll(poller, n), Rounds), 1.3, "us", 1e3);
    }

    private static Measurement OneAllocated(BenchEnvironment environment)
    {
        using LinkPoller poller = Open("lo");
        return Measurement.Most(SideBySide.BytesPerRound(n => Poll(poller, n), Rounds), 0, "B");
    }

    private static Measurement CrowdTime(BenchEnvironment environment)
    {
        using PrivateNamespace space = DumpCases.Crowded();
        using LinkPoller poller = Open("*", space.Path);
        using var limit = new LimitProgram(environment.Limit("beat"), space.Path, "0", "2");
        return Measurement.Ratio(SideBySide.Run(limit, n => Poll(poller, n), CrowdRounds), 1.3, "ms", 1e6);
    }

    private static Measurement CrowdAllocated(BenchEnvironment environment)
    {
        using PrivateNamespace space = DumpCases.Crowded();
        using LinkPoller poller = Open("*", space.Path);
        return Measurement.Most(SideBySide.BytesPerRound(n => Poll(poller, n), CrowdRounds), 0, "B");
    }

    private static LinkPoller Open(string name, string? networkNamespace = null) => new(
        new LinkPollerOptions { Names = [name], NetworkNamespace = networkNamespace }, new Silence());

    private static void Poll(LinkPoller poller, int count)
    {
        for (int i = 0; i < count; i++)
        {
            poller.Poll(CancellationToken.None);
        }
    }

    private sealed class Silence : ILinkPollerSink
    {
        public bool WantsSamples => false;

        public void OnSample(LinkSample sample)
        {
        }

        public void OnError(Exception error, string? device) =>
            throw new InvalidOperationException($"The poller failed: {error.Message}", error);

        public void OnWarning(string message)
        {
        }

        public void OnLinkEvent(string message)
        {
        }
    }
}
