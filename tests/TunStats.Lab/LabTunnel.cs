using System;
using System.Net;
using System.Net.Sockets;

namespace TunStats.Lab;

/// <summary>
/// A TUN device that is up and has an address, and a socket that sends into it: what nobody reads fills the queue of
/// 500 packets, and the rest is dropped.
/// </summary>
public sealed class LabTunnel : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _payload;

    private LabTunnel(TunDevice device, Socket socket, int payloadBytes)
    {
        Device = device;
        _socket = socket;
        _payload = new byte[payloadBytes];
    }

    /// <summary>The device.</summary>
    public TunDevice Device { get; }

    /// <summary>Makes a tunnel in the namespace of the calling thread.</summary>
    /// <param name="name">The device's name.</param>
    /// <param name="links">The links of that namespace.</param>
    /// <param name="address">The address of this end; its /24 is routed through the device.</param>
    /// <param name="payloadBytes">The payload of each datagram.</param>
    public static LabTunnel Open(string name, LabLinks links, string address = "100.64.0.1", int payloadBytes = 100)
    {
        TunDevice device = TunDevice.Open(name);
        IPAddress local = IPAddress.Parse(address);
        links.AddAddress(name, local, 24);
        links.SetUp(name);
        byte[] remote = local.GetAddressBytes();
        remote[3]++;
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(local, 0));
        socket.Connect(new IPEndPoint(new IPAddress(remote), 9));
        return new LabTunnel(device, socket, payloadBytes);
    }

    /// <summary>Sends datagrams into the device.</summary>
    public void Send(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _socket.Send(_payload);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        Device.Dispose();
    }
}
