using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Bench.Harness;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Lab;

namespace TunStats.Bench.Cases;

/// <summary>
/// A sender at full speed on one core, and who counts its packets per connection on the other: each in turn, alone on
/// the device.
/// </summary>
internal static class RingCases
{
    private const int Packets = 1_000_000;
    private const int WarmUp = 500_000;
    private const int Turns = 5;
    private const string Flows = "100000";

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    internal static BenchCase[] Create()
    {
        var figures = new Lazy<Figures>(() => Measure(BenchEnvironment.Find()));
        return
        [
            new("ring at full speed, 100,000 flows: CPU per packet", "<= 1.5 x C", _ => figures.Value.Ratio),
            new("ring at full speed, 100,000 flows: packets lost", "0", _ => figures.Value.Lost),
            new("ring at full speed, 100,000 flows: allocated per packet", "0 B", _ => figures.Value.Allocated),
        ];
    }

    private static Figures Measure(BenchEnvironment environment)
    {
        using var space = new PrivateNamespace();
        using (LabLinks links = space.OpenLinks())
        {
            links.AddVeth("sender", "counter");
            links.SetUp("sender");
            links.SetUp("counter");
        }

        using var sender = new LimitProgram(environment.Limit("blast"), space.Path, "sender", Flows);
        using var table = new FlowTable();
        Mine(space, sender, table, WarmUp);
        table.TakeAll().Dispose();
        double[] limits = new double[Turns], times = new double[Turns];
        double speed = 0, bytes = 0;
        long lost = 0, lostByC = 0;
        for (int i = 0; i < Turns; i++)
        {
            using (var limit = new LimitProgram(environment.Limit("ring"), space.Path, "counter"))
            {
                limit.Run(0);
                Theirs(limit, sender, WarmUp);
                limits[i] = Theirs(limit, sender, Packets) / Packets;
                lostByC += Packets - (long)limit.Sum;
            }

            Turn turn = Mine(space, sender, table, Packets);
            table.TakeAll().Dispose();
            times[i] = turn.Nanoseconds / Packets;
            speed = Packets / turn.SenderNanoseconds * 1e3;
            lost += turn.Lost;
            bytes = turn.Bytes / Packets;
        }

        double mine = times.Order().ElementAt(Turns / 2), c = limits.Order().ElementAt(Turns / 2);
        return new Figures(
            new Measurement(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{mine / c:0.00} x C ({mine:0} and {c:0} ns; sender {speed:0.0} M packets/s)"),
                mine / c <= 1.5),
            new Measurement(
                string.Create(
                    CultureInfo.InvariantCulture, $"{lost} of {Turns * Packets:N0} (C: {lostByC})"),
                lost == 0),
            Measurement.Most(Math.Round(bytes, 2), 0, "B"));
    }

    private static double Theirs(LimitProgram limit, LimitProgram sender, int wanted)
    {
        Task sending = Task.Run(() => sender.Run(wanted));
        double time = limit.Run(wanted);
        sending.Wait();
        return time;
    }

    private static Turn Mine(PrivateNamespace space, LimitProgram sender, FlowTable table, int wanted)
    {
        using NetworkNamespace there = space.Open();
        using PacketRing ring = PacketRing.Open("counter", there);
        var packets = new PacketRecord[256];
        var turn = default(Turn);
        var counter = new Thread(() =>
        {
            double start = ThreadNanoseconds();
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            int counted = 0, count;
            while (counted < wanted && (count = ring.Read(packets, Quiet)) > 0)
            {
                table.Add(packets.AsSpan(0, count));
                counted += count;
            }

            turn.Bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
            turn.Nanoseconds = ThreadNanoseconds() - start;
            turn.Lost = wanted - counted;
        });
        counter.Start();
        turn.SenderNanoseconds = sender.Run(wanted);
        counter.Join();
        turn.Lost = Math.Max(turn.Lost, (long)ring.ReadStatistics().PacketsDropped);
        return turn;
    }

    /// <summary>The time that the calling thread ran.</summary>
    private static double ThreadNanoseconds() => double.Parse(
        File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);

    private struct Turn
    {
        internal double Nanoseconds;
        internal double SenderNanoseconds;
        internal double Bytes;
        internal long Lost;
    }

    private sealed record Figures(Measurement Ratio, Measurement Lost, Measurement Allocated);
}
