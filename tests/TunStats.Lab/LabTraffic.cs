using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace TunStats.Lab;

/// <summary>Datagrams and streams that really go from one namespace to another.</summary>
public static class LabTraffic
{
    private const int TimeoutMilliseconds = 30_000;

    // No more than a device's backlog of 1,000 packets takes, so that none is lost.
    private const int Window = 500_000;

    /// <summary>Sends datagrams, each of which is answered by one as long before the next one is sent.</summary>
    /// <param name="from">Where they come from.</param>
    /// <param name="source">The source address there.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="destination">The destination address there.</param>
    /// <param name="port">The port at both ends.</param>
    /// <param name="count">How many.</param>
    /// <param name="bytes">The payload of each.</param>
    /// <exception cref="LabException">One did not arrive.</exception>
    public static void Exchange(
        PrivateNamespace from,
        string source,
        PrivateNamespace to,
        string destination,
        int port,
        int count = 3,
        int bytes = 100)
    {
        IPEndPoint there = new(IPAddress.Parse(destination), port);
        using Socket client = Open(from, new IPEndPoint(IPAddress.Parse(source), port));
        using Socket server = Open(to, there);
        byte[] payload = new byte[bytes];
        byte[] buffer = new byte[bytes + 1];
        try
        {
            for (int i = 0; i < count; i++)
            {
                client.SendTo(payload, there);
                EndPoint sender = new IPEndPoint(server.AddressFamily == AddressFamily.InterNetwork
                    ? IPAddress.Any : IPAddress.IPv6Any, 0);
                int length = server.ReceiveFrom(buffer, ref sender);
                server.SendTo(buffer.AsSpan(0, length), SocketFlags.None, sender);
                client.Receive(buffer);
            }
        }
        catch (SocketException e)
        {
            throw new LabException($"From {source} to {destination}: {e.Message}");
        }
    }

    /// <summary>Sends bytes over one TCP connection, which is closed from both ends afterwards.</summary>
    /// <param name="from">Where they come from.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="destination">The address there.</param>
    /// <param name="port">The port there.</param>
    /// <param name="bytes">How many.</param>
    /// <exception cref="LabException">They did not arrive.</exception>
    public static void Stream(PrivateNamespace from, PrivateNamespace to, string destination, int port, int bytes)
    {
        IPEndPoint there = new(IPAddress.Parse(destination), port);
        using Socket listener = to.Run(() => new Socket(there.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        using Socket client = from.Run(() => new Socket(there.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        listener.ReceiveBufferSize = Window;
        listener.Bind(there);
        listener.Listen();
        client.SendTimeout = TimeoutMilliseconds;
        client.ReceiveTimeout = TimeoutMilliseconds;
        try
        {
            client.Connect(there);
            using Socket server = listener.Accept();
            server.ReceiveTimeout = TimeoutMilliseconds;
            var sender = new Thread(() => client.Send(new byte[bytes])) { IsBackground = true };
            sender.Start();
            byte[] buffer = new byte[1 << 20];
            for (int left = bytes, read; left > 0; left -= read)
            {
                read = server.Receive(buffer);
                if (read == 0)
                {
                    throw new LabException($"Only {bytes - left} of {bytes} bytes came to {destination}.");
                }
            }

            sender.Join();
            client.Shutdown(SocketShutdown.Send);
            server.Receive(buffer);
            server.Shutdown(SocketShutdown.Send);
            client.Receive(buffer);
        }
        catch (SocketException e)
        {
            throw new LabException($"To {destination}: {e.Message}");
        }
    }

    private static Socket Open(PrivateNamespace space, IPEndPoint local)
    {
        // A socket stays in the namespace that it was made in, whoever uses it.
        Socket socket = space.Run(() => new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        socket.ReceiveTimeout = TimeoutMilliseconds;
        socket.Bind(local);
        return socket;
    }
}
