using System;
using System.Net;
using System.Net.Sockets;

namespace TunStats.Lab;

/// <summary>Datagrams that really go from one namespace to another and back.</summary>
public static class LabTraffic
{
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

    private static Socket Open(PrivateNamespace space, IPEndPoint local)
    {
        // A socket stays in the namespace that it was made in, whoever uses it.
        Socket socket = space.Run(() => new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        socket.ReceiveTimeout = 30_000;
        socket.Bind(local);
        return socket;
    }
}
