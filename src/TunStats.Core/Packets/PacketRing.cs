using System;
using System.Buffers.Binary;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using static TunStats.Interop.PacketConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Packets;

/// <summary>
/// The packets of one device as they go by (AF_PACKET, TPACKET_V3): what the kernel hands to it is Tx, what comes out
/// of it is Rx. The device may go down and up, or be removed and made again: it is followed by its name. Allocates
/// nothing per packet. One thread at a time.
/// </summary>
public sealed unsafe class PacketRing : IDisposable
{
    /// <summary>How many blocks of 256 KiB a ring has unless told otherwise: 32 MiB, about 150,000 packets.</summary>
    public const int DefaultBlocks = 128;

    /// <summary>
    /// How long a packet may take from its stamp until <see cref="Read"/> returns it. The kernel retires a block that
    /// is not full after 10 ms, by a timer that some kernels fire a clock tick (10 ms) late.
    /// </summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(22);

    private const int BlockSize = 256 * 1024;

    // While the device is away it is looked for so often; while it is there, whether it is still the same one.
    private static readonly TimeSpan AwayInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(500);

    private readonly PacketRingSocket _socket;
    private readonly LinkClient _links;
    private readonly DescriptorWait _wait;
    private readonly TimeProvider _timeProvider;
    private readonly int _blocks;
    private int _index;
    private bool _isAway;
    private int _block;
    private tpacket3_hdr* _next;
    private uint _left;
    private ulong _received;
    private ulong _dropped;
    private ulong _skipped;

    private PacketRing(string name, PacketRingSocket socket, LinkClient links, int blocks, TimeProvider timeProvider)
    {
        Name = name;
        _socket = socket;
        _links = links;
        _blocks = blocks;
        _timeProvider = timeProvider;
        _wait = new DescriptorWait(timeProvider);
        DrainedAt = timeProvider.GetTimestamp();
    }

    /// <summary>The device's name.</summary>
    public string Name { get; }

    /// <summary>
    /// When the ring was last found empty, as a timestamp of the time provider. Every packet stamped earlier than
    /// <see cref="SettleTime"/> before that moment has been returned. Packets are returned in the order in which the
    /// kernel stored them, which is that of their stamps but for the microseconds between stamp and store on another
    /// CPU: where traffic never lets the ring run empty, a packet with a later stamp says the same.
    /// </summary>
    public long DrainedAt { get; private set; }

    /// <summary>Opens a ring on a device.</summary>
    /// <param name="name">The device's name.</param>
    /// <param name="networkNamespace">The namespace that it is in; null for the caller's own.</param>
    /// <param name="timeProvider">The clock of time limits; null for the system's.</param>
    /// <param name="blocks">The ring's size in blocks of 256 KiB.</param>
    /// <exception cref="LinkException">There is no such device.</exception>
    /// <exception cref="PacketRingException">Its packets may not be captured, or not here.</exception>
    /// <exception cref="NetworkNamespaceException">The namespace may not be entered.</exception>
    public static PacketRing Open(
        string name,
        NetworkNamespace? networkNamespace = null,
        TimeProvider? timeProvider = null,
        int blocks = DefaultBlocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 2);
        TimeProvider clock = timeProvider ?? TimeProvider.System;
        LinkClient links = LinkClient.Open(networkNamespace, clock);
        PacketRing? ring = null;
        try
        {
            LinkInfo link = links.GetLink(name);
            ring = new PacketRing(
                name, PacketRingSocket.Open(networkNamespace, BlockSize, (uint)blocks), links, blocks, clock);
            ring.Bind(link.Index);
            return ring;
        }
        catch
        {
            ring?.Dispose();
            links.Dispose();
            throw;
        }
    }

    /// <summary>Takes the packets that arrived; waits where there are none.</summary>
    /// <param name="packets">Takes them, in the order of arrival.</param>
    /// <param name="timeout">How long to wait for the first, <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>How many; 0 when the time was up.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="PacketRingException">The socket failed.</exception>
    public int Read(Span<PacketRecord> packets, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long start = _timeProvider.GetTimestamp();
        while (true)
        {
            int count = Take(packets);
            if (count > 0 || packets.IsEmpty)
            {
                return count;
            }

            TimeSpan step = _isAway ? AwayInterval : CheckInterval;
            if (timeout != Timeout.InfiniteTimeSpan)
            {
                TimeSpan left = timeout - _timeProvider.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                {
                    return 0;
                }

                step = left < step ? left : step;
            }

            Wait(step, cancellationToken);
        }
    }

    /// <summary>What the ring saw since it was opened.</summary>
    public PacketRingStatistics ReadStatistics()
    {
        tpacket_stats_v3 statistics = _socket.TakeStatistics();
        _received += statistics.tp_packets;
        _dropped += statistics.tp_drops;
        return new PacketRingStatistics(_received, _dropped, _skipped);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _links.Dispose();
        _wait.Dispose();
    }

    private void Bind(int index)
    {
        Errno errno = _socket.Bind(index);
        _isAway = errno is Errno.ENODEV or Errno.ENXIO or Errno.ENETDOWN;
        if (errno != Errno.None && !_isAway)
        {
            throw PacketRingException.From("bind", errno);
        }

        _index = errno is Errno.ENODEV or Errno.ENXIO ? 0 : index;
    }

    private void Wait(TimeSpan step, CancellationToken cancellationToken)
    {
        _wait.Start(step);
        bool isReady = _wait.Readable(_socket.Descriptor, cancellationToken);
        if (isReady && Volatile.Read(ref Block(_block)->block_status) != TP_STATUS_KERNEL)
        {
            return;
        }

        // ENETDOWN says that the device went down or away. It is asked for in any case, since whoever waits learns of
        // an error only once.
        Errno error = _socket.TakeError();
        if (error is not (Errno.None or Errno.ENETDOWN or Errno.ENODEV))
        {
            throw PacketRingException.From("poll", error);
        }

        Follow(cancellationToken);
    }

    /// <summary>Goes to the device that now has the name.</summary>
    private void Follow(CancellationToken cancellationToken)
    {
        try
        {
            LinkInfo link = _links.GetLink(Name, cancellationToken);
            if (link.Index != _index)
            {
                Bind(link.Index);
            }
            else
            {
                _isAway = (link.Flags & LinkFlags.Up) == 0;
            }
        }
        catch (LinkException e) when (e.Kind == LinkErrorKind.NotFound)
        {
            _isAway = true;
            _index = 0;
        }
    }

    private tpacket_block_desc* Block(int number) => (tpacket_block_desc*)(_socket.Memory + ((nint)number * BlockSize));

    private int Take(Span<PacketRecord> packets)
    {
        int count = 0;
        while (count < packets.Length)
        {
            if (_left == 0 && !OpenBlock())
            {
                break;
            }

            tpacket3_hdr* packet = _next;
            _next = (tpacket3_hdr*)((byte*)packet + packet->tp_next_offset);
            count += TryRead(packet, ref packets[count]) ? 1 : 0;
            if (--_left == 0)
            {
                CloseBlock();
            }
        }

        return count;
    }

    private bool OpenBlock()
    {
        while (true)
        {
            tpacket_block_desc* block = Block(_block);
            if ((Volatile.Read(ref block->block_status) & TP_STATUS_USER) == 0)
            {
                // The clock is read before the block again: what is retired in between is not claimed to be read.
                long now = _timeProvider.GetTimestamp();
                if ((Volatile.Read(ref block->block_status) & TP_STATUS_USER) == 0)
                {
                    DrainedAt = now;
                    return false;
                }
            }

            _left = block->num_pkts;
            _next = (tpacket3_hdr*)((byte*)block + block->offset_to_first_pkt);
            if (_left > 0)
            {
                return true;
            }

            CloseBlock();
        }
    }

    private void CloseBlock()
    {
        Volatile.Write(ref Block(_block)->block_status, TP_STATUS_KERNEL);
        _block = _block + 1 == _blocks ? 0 : _block + 1;
    }

    private bool TryRead(tpacket3_hdr* packet, ref PacketRecord record)
    {
        sockaddr_ll* address = (sockaddr_ll*)(packet + 1);
        LinkFrame frame = FrameOf(packet, address);
        if (frame.Length < 0)
        {
            _skipped++;
            return false;
        }

        PacketParser.Read(frame.Packet, frame.Length, ref record);
        PacketDirection direction = address->sll_pkttype == PACKET_OUTGOING ? PacketDirection.Tx : PacketDirection.Rx;
        long time = ((long)packet->tp_sec * NanoTime.NanosPerSecond) + packet->tp_nsec;
        record.Complete((uint)direction, (uint)frame.Length, time);
        return true;
    }

    private static LinkFrame FrameOf(tpacket3_hdr* packet, sockaddr_ll* address)
    {
        int length = (int)Math.Min(packet->tp_len, int.MaxValue);
        if (address->sll_hatype is ARPHRD_ETHER or ARPHRD_LOOPBACK)
        {
            var bytes = new ReadOnlySpan<byte>((byte*)packet + packet->tp_mac, (int)packet->tp_snaplen);
            return LinkFrame.Read(LinkType.Ethernet, bytes, length);
        }

        // Whatever header another device has, the kernel knows where it ends.
        int header = packet->tp_net - packet->tp_mac;
        int captured = Math.Max((int)packet->tp_snaplen - header, 0);
        bool isIp = address->sll_hatype == ARPHRD_NONE || BigEndian(address->sll_protocol) is ETH_P_IP or ETH_P_IPV6;
        return isIp
            ? LinkFrame.Read(LinkType.Raw, new ReadOnlySpan<byte>((byte*)packet + packet->tp_net, captured),
                length - header)
            : LinkFrame.NoPacket;
    }

    private static ushort BigEndian(ushort value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
