using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using TunStats.Interop;
using TunStats.Netlink;
using TunStats.Processes;
using TunStats.Tests.Fakes;
using TunStats.Tests.Vectors;

namespace TunStats.Tests.Processes;

/// <summary>A kernel whose sockets are those of Vectors/sock_diag.json.</summary>
internal sealed class RecordedSockets
{
    private static readonly (byte Family, byte Protocol)[] Order = [(2, 6), (10, 6), (2, 17), (10, 17)];

    private readonly JsonElement _recorded = VectorFile.Read("sock_diag.json");

    internal RecordedSockets()
    {
        Socket.PortId = _recorded.GetProperty("portId").GetUInt32();
        Socket.OnSend = (socket, request) => Answer(socket, request);
        Query = new SocketQuery(new NetlinkConnection(Socket));
    }

    internal FakeNetlinkSocket Socket { get; } = new();

    internal SocketQuery Query { get; }

    /// <summary>Whether the sockets are still there.</summary>
    internal bool IsEmpty { get; set; }

    /// <summary>The protocol that this kernel does not list; 0 for none.</summary>
    internal int Refused { get; set; }

    internal uint InodeOf(string name) => _recorded.GetProperty("inodes").GetProperty(name).GetUInt32();

    private void Answer(FakeNetlinkSocket socket, byte[] request)
    {
        uint sequence = FakeNetlinkSocket.SequenceOf(request);
        inet_diag_req_v2 asked = MemoryMarshal.Read<inet_diag_req_v2>(request.AsSpan(16));
        if (asked.sdiag_protocol == Refused)
        {
            socket.Queue(NetlinkBytes.Error((int)Errno.ENOENT, sequence, socket.PortId));
            return;
        }

        IEnumerable<byte[]> datagrams = IsEmpty
            ? [NetlinkBytes.Done(sequence, socket.PortId)]
            : _recorded.GetProperty("dumps")[Array.IndexOf(Order, (asked.sdiag_family, asked.sdiag_protocol))]
                .EnumerateArray().Select(text => Convert.FromHexString(text.GetString()!));
        foreach (byte[] datagram in datagrams)
        {
            for (int at = 0; at < datagram.Length;)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(datagram.AsSpan(at + 8), sequence);
                at += (BinaryPrimitives.ReadInt32LittleEndian(datagram.AsSpan(at)) + 3) & ~3;
            }

            socket.Queue(datagram);
        }
    }
}
