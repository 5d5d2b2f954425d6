using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using TunStats.Bench.Harness;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Processes;

namespace TunStats.Bench.Cases;

/// <summary>What processes of connections cost: looks at the sockets of one process, and finding owners.</summary>
internal static class OwnerCases
{
    private const int Sockets = 5_000;
    private const int Looks = 50;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    internal static BenchCase[] Create() =>
    [
        new("processes, look at 5,000 new sockets: CPU", "<= 250 ms", _ => Measure().First),
        new("processes, look at 5,000 known sockets: CPU", "<= 10 ms, 1 % of a core", _ => Measure().Next),
        new("processes, owner of a connection: CPU", "<= 500 ns", _ => Measure().Find),
    ];

    // Processor time, so that a busy machine gives the same figures.
    private static TimeSpan Used => Environment.CpuUsage.TotalTime;

    private static (Measurement First, Measurement Next, Measurement Find) Measure()
    {
        Socket[] sockets = [.. Enumerable.Range(0, Sockets).Select(_ => Connected())];
        try
        {
            TimeSpan start = Used;
            using var owners = ConnectionOwners.Open(space: null, Window, TimeProvider.System);
            double first = (Used - start).TotalMilliseconds;
            owners.Look();
            start = Used;
            for (int i = 0; i < Looks; i++)
            {
                owners.Look();
            }

            double next = (Used - start).TotalMilliseconds / Looks;
            FlowValues[] flows = [.. sockets.Select(socket => new FlowValues(
                IpProtocol.Udp,
                AddrPort.Parse($"{(IPEndPoint)socket.LocalEndPoint!}"),
                AddrPort.Parse($"{(IPEndPoint)socket.RemoteEndPoint!}"),
                default,
                null,
                null,
                default))];
            int found = 0;
            start = Used;
            for (int i = 0; i < Looks; i++)
            {
                found = flows.Count(flow => owners.Find(flow)?.Id == Environment.ProcessId);
            }

            double find = (Used - start).TotalNanoseconds / (Looks * Sockets);
            return found == Sockets
                ? (
                    Measurement.Most(first, 250, "ms"),
                    Measurement.Most(next, 10, "ms"),
                    Measurement.Most(find, 500, "ns"))
                : throw new InvalidOperationException($"Only {found} of {Sockets} sockets have their process.");
        }
        finally
        {
            Array.ForEach(sockets, socket => socket.Dispose());
        }
    }

    private static Socket Connected()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(IPAddress.Loopback, 9);
        return socket;
    }
}
