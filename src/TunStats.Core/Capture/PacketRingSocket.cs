using System;
using System.Buffers.Binary;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using static TunStats.Interop.PacketConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Capture;

/// <summary>The system calls of a packet ring: a socket, its filter and its memory.</summary>
internal sealed unsafe class PacketRingSocket : IDisposable
{
    // The snapshot length: Ethernet header, VLAN tags, and the bytes that the parser needs, plus reserve.
    private const uint SnapLength = 128;

    // A longer frame may be many packets: also keep the inner headers of a tunnel.
    private const uint LongFrame = 1600;
    private const uint LongSnapLength = 192;
    private const uint FrameSize = 256;

    // The time in milliseconds after which the kernel retires a block that is not full.
    private const uint RetireMilliseconds = 10;

    private readonly SafeMapping _mapping;
    private readonly byte[] _name = new byte[RtnetlinkConstants.IFNAMSIZ];

    private PacketRingSocket(
        SafeFileDescriptor descriptor, SafeMapping mapping, uint blockSize, uint blocks, Errno segmentsError)
    {
        Descriptor = descriptor;
        _mapping = mapping;
        BlockSize = blockSize;
        Blocks = blocks;
        SegmentsError = segmentsError;
    }

    internal SafeFileDescriptor Descriptor { get; }

    internal byte* Memory => _mapping.Address;

    internal uint BlockSize { get; }

    internal uint Blocks { get; }

    /// <summary>Whether a virtio_net_hdr precedes every frame.</summary>
    internal bool HasSegments => SegmentsError == Errno.None;

    /// <summary>Why not.</summary>
    internal Errno SegmentsError { get; }

    internal static PacketRingSocket Open(NetworkNamespace? networkNamespace, uint blockSize, uint blocks)
    {
        const int Type = SOCK_RAW | SOCK_CLOEXEC;
        SafeFileDescriptor descriptor;
        if (networkNamespace is null)
        {
            // Protocol 0: no packets before the socket is bound to its device.
            int number = Libc.socket(AF_PACKET, Type, 0);
            descriptor = number >= 0 ? new SafeFileDescriptor(number) : throw PacketRingErrors.From("socket",
                Libc.LastError);
        }
        else
        {
            descriptor = networkNamespace.OpenSocket(AF_PACKET, Type, 0);
        }

        try
        {
            Errno segmentsError = SetUp(descriptor, blockSize, blocks);
            SafeMapping mapping = SafeMapping.Map(descriptor, (nuint)blockSize * blocks);
            return mapping.IsInvalid
                ? throw PacketRingErrors.From("mmap", Libc.LastError)
                : new PacketRingSocket(descriptor, mapping, blockSize, blocks, segmentsError);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>Binds to one device.</summary>
    /// <returns>The error, ENODEV if the device was removed.</returns>
    internal Errno Bind(int interfaceIndex)
    {
        sockaddr_ll address = new()
        {
            sll_family = AF_PACKET,
            sll_protocol = BinaryPrimitives.ReverseEndianness(ETH_P_ALL),
            sll_ifindex = interfaceIndex,
        };
        if (!BitConverter.IsLittleEndian)
        {
            address.sll_protocol = ETH_P_ALL;
        }

        return Libc.bind(Descriptor, &address, (uint)sizeof(sockaddr_ll)) == 0 ? Errno.None : Libc.LastError;
    }

    /// <summary>The index of the device that the socket is bound to; -1 once it was removed.</summary>
    internal int ReadBoundIndex()
    {
        sockaddr_ll address;
        uint length = (uint)sizeof(sockaddr_ll);
        return Libc.getsockname(Descriptor, &address, &length) == 0
            ? address.sll_ifindex
            : throw PacketRingErrors.From("getsockname", Libc.LastError);
    }

    /// <summary>
    /// The name of the device that the socket is bound to; null where it is the same as last time, or the device is
    /// gone.
    /// </summary>
    internal string? ReadNewName()
    {
        ifreq request = new() { ifr_ifindex = ReadBoundIndex() };
        var name = new ReadOnlySpan<byte>(request.ifr_name, _name.Length);
        if (Libc.ioctl_ifreq(Descriptor, SIOCGIFNAME, &request) != 0 || name.SequenceEqual(_name))
        {
            return null;
        }

        name.CopyTo(_name);
        return LinkName.FromBytes(name[..name.IndexOf((byte)0)]);
    }

    /// <summary>Reads the pending error of the socket, such as ENETDOWN.</summary>
    internal Errno TakeError()
    {
        int error = 0;
        uint length = sizeof(int);
        return Libc.getsockopt(Descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? (Errno)error : Libc.LastError;
    }

    /// <summary>The packets received and dropped since the last call.</summary>
    internal tpacket_stats_v3 TakeStatistics()
    {
        tpacket_stats_v3 statistics;
        uint length = (uint)sizeof(tpacket_stats_v3);
        return Libc.getsockopt(Descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0
            ? statistics
            : throw PacketRingErrors.From("getsockopt PACKET_STATISTICS", Libc.LastError);
    }

    public void Dispose()
    {
        _mapping.Dispose();
        Descriptor.Dispose();
    }

    /// <summary>Gives the socket its ring.</summary>
    /// <returns>None, or why the kernel does not describe segments.</returns>
    private static Errno SetUp(SafeFileDescriptor descriptor, uint blockSize, uint blocks)
    {
        Errno errno = Libc.SetOption(descriptor, SOL_PACKET, PACKET_VERSION, TPACKET_V3);
        if (errno != Errno.None)
        {
            throw PacketRingErrors.From("setsockopt PACKET_VERSION", errno);
        }

        // It can only be set before the ring exists.
        Errno segmentsError = Libc.SetOption(descriptor, SOL_PACKET, PACKET_VNET_HDR, 1);
        sock_filter* keep = stackalloc sock_filter[4];
        keep[0] = new sock_filter { code = BPF_LD_LEN };
        keep[1] = new sock_filter { code = BPF_JGT_K, jf = 1, k = LongFrame };
        keep[2] = new sock_filter { code = BPF_RET_K, k = LongSnapLength };
        keep[3] = new sock_filter { code = BPF_RET_K, k = SnapLength };
        sock_fprog program = new() { len = 4, filter = keep };
        Set(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(sock_fprog), "SO_ATTACH_FILTER");
        tpacket_req3 ring = new()
        {
            tp_block_size = blockSize,
            tp_block_nr = blocks,
            tp_frame_size = FrameSize,
            tp_frame_nr = blockSize / FrameSize * blocks,
            tp_retire_blk_tov = RetireMilliseconds,
        };
        Set(descriptor, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(tpacket_req3), "PACKET_RX_RING");
        return segmentsError;
    }

    private static void Set(SafeFileDescriptor descriptor, int level, int option, void* value, int length, string name)
    {
        if (Libc.setsockopt(descriptor, level, option, value, (uint)length) != 0)
        {
            throw PacketRingErrors.From($"setsockopt {name}", Libc.LastError);
        }
    }
}
