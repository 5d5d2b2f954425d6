using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace TunStats.Lab;

/// <summary>
/// Two nodes joined by a pair of TUN devices: this namespace and a private one, which has a subnet (192.168.7.0/24) and
/// an internet (1.1.1.1) behind it. Real TCP and UDP goes back and forth, in bursts that a slow pair cannot take.
/// </summary>
internal sealed class LabPair : IDisposable
{
    private const int BurstPackets = 1500;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(20);
    private static readonly IPEndPoint Names = new(IPAddress.Parse("1.1.1.1"), 53);
    private static readonly IPEndPoint Bulk = new(IPAddress.Parse("100.64.0.2"), 5001);

    // TCP servers, the bytes of a question and of its answer, and the seconds in which traffic rises and falls.
    private static readonly (IPEndPoint Server, int Sent, int Received, double Period)[] Talks =
    [
        (new IPEndPoint(Bulk.Address, 22), 6000, 400, 40),
        (new IPEndPoint(IPAddress.Parse("100.64.0.3"), 8080), 800, 12_000, 25),
        (new IPEndPoint(IPAddress.Parse("192.168.7.9"), 443), 300, 9000, 60),
        (new IPEndPoint(IPAddress.Parse("192.168.7.20"), 5432), 900, 4000, 33),
        (new IPEndPoint(IPAddress.Parse("9.9.9.9"), 443), 500, 7000, 90),
    ];

    private readonly CancellationTokenSource _stop = new();
    private readonly PrivateNamespace _far = new();
    private readonly TunDevice _near;
    private readonly TunDevice _other;
    private readonly Thread _relay;

    internal LabPair(string name, LabLinks links)
    {
        _near = TunDevice.Open(name);
        links.AddAddress(name, IPAddress.Parse("100.64.0.1"), 24);
        links.SetUp(name);
        links.SetUp("lo");
        using (LabRoutes routes = new LabRoutes(space: null))
        {
            routes.Add("192.168.7.0/24", name);
            routes.Add("0.0.0.0/0", name);
        }

        _other = _far.Run(() => TunDevice.Open(name));
        using (LabLinks far = _far.OpenLinks())
        {
            far.SetUp("lo");
            foreach ((IPEndPoint server, _, _, _) in Talks)
            {
                far.AddAddress(name, server.Address, 24);
            }

            far.AddAddress(name, Names.Address, 32);
            far.SetUp(name);
        }

        var names = _far.Run(() => Bound(SocketType.Dgram, ProtocolType.Udp, Names));
        _ = AnswerAsync(names, _stop.Token);
        _relay = new Thread(Relay) { IsBackground = true, Name = "lab relay" };
        _relay.Start();
        foreach ((IPEndPoint server, int sent, int received, double period) in Talks)
        {
            Serve(server);
            _ = TalkAsync(server, sent, received, period);
        }

        _ = AskAsync();
        _ = FillAsync();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _relay.Join();
        _near.Dispose();
        _other.Dispose();
        _far.Dispose();
        _stop.Dispose();
    }

    private static Socket Bound(SocketType type, ProtocolType protocol, IPEndPoint end)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(end);
        return socket;
    }

    // Takes what waits at each device and hands it to the other one, a turn at a time, as a busy program would.
    private void Relay()
    {
        byte[] packet = new byte[65536];
        while (!_stop.Token.WaitHandle.WaitOne(Turn))
        {
            foreach ((TunDevice from, TunDevice to) in new[] { (_near, _other), (_other, _near) })
            {
                for (int length; (length = from.Read(packet)) > 0;)
                {
                    to.Write(packet.AsSpan(0, length));
                }
            }
        }
    }

    private void Serve(IPEndPoint end)
    {
        Socket listener = _far.Run(() => Bound(SocketType.Stream, ProtocolType.Tcp, end));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            using Socket connection = await listener.AcceptAsync(_stop.Token);
            using var stream = new NetworkStream(connection);
            byte[] sizes = new byte[8];
            while (true)
            {
                await stream.ReadExactlyAsync(sizes, _stop.Token);
                await stream.ReadExactlyAsync(new byte[BitConverter.ToInt32(sizes)], _stop.Token);
                await stream.WriteAsync(new byte[BitConverter.ToInt32(sizes, 4)], _stop.Token);
            }
        });
    }

    // Between a tenth and twice the usual, as a wave.
    private static double Level(long startedAt, double period) =>
        0.1 + (0.95 * (1 + Math.Sin(Stopwatch.GetElapsedTime(startedAt).TotalSeconds * Math.Tau / period)));

    private async Task TalkAsync(IPEndPoint end, int sent, int received, double period)
    {
        long startedAt = Stopwatch.GetTimestamp();
        using var client = new TcpClient();
        await client.ConnectAsync(end, _stop.Token);
        NetworkStream stream = client.GetStream();
        byte[] question = [.. BitConverter.GetBytes(sent), .. BitConverter.GetBytes(received), .. new byte[sent]];
        while (true)
        {
            await stream.WriteAsync(question, _stop.Token);
            await stream.ReadExactlyAsync(new byte[received], _stop.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(100) / Level(startedAt, period), _stop.Token);
        }
    }

    private static async Task AnswerAsync(Socket socket, CancellationToken stop)
    {
        byte[] buffer = new byte[2048];
        while (true)
        {
            SocketReceiveFromResult question = await socket.ReceiveFromAsync(
                buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), stop);
            await socket.SendToAsync(new byte[120], SocketFlags.None, question.RemoteEndPoint, stop);
        }
    }

    private async Task AskAsync()
    {
        using var socket = new UdpClient(AddressFamily.InterNetwork);
        while (true)
        {
            await socket.SendAsync(new byte[40], Names, _stop.Token);
            await Task.Delay(200, _stop.Token);
        }
    }

    // More in a moment than the queue of the device holds: the rest is dropped.
    private async Task FillAsync()
    {
        using var socket = new UdpClient(AddressFamily.InterNetwork);
        byte[] payload = new byte[1000];
        long startedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            for (int i = 0; i < BurstPackets / 2 * (1 + Level(startedAt, period: 75)); i++)
            {
                socket.Send(payload, Bulk);
            }

            await Task.Delay(1000, _stop.Token);
        }
    }
}
