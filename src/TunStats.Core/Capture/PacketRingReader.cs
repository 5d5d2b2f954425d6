using System;
using System.Buffers.Binary;
using System.Threading;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.Net;
using static TunStats.Interop.PacketConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Capture;

/// <summary>Reads the packets that the kernel stored in a ring's memory, block by block.</summary>
internal sealed unsafe class PacketRingReader
{
    private readonly byte* _memory;
    private readonly int _blockSize;
    private readonly int _blocks;
    private readonly bool _hasSegments;
    private readonly TimeProvider _timeProvider;
    private int _block;
    private tpacket3_hdr* _next;
    private uint _left;
    private bool _isCounted;

    /// <summary>Reads from the first block on.</summary>
    /// <param name="socket">The ring's socket, which outlives this object.</param>
    /// <param name="timeProvider">The clock of <see cref="DrainedAt"/>.</param>
    internal PacketRingReader(PacketRingSocket socket, TimeProvider timeProvider)
    {
        _memory = socket.Memory;
        _blockSize = (int)socket.BlockSize;
        _blocks = (int)socket.Blocks;
        _hasSegments = socket.HasSegments;
        _timeProvider = timeProvider;
        DrainedAt = timeProvider.GetTimestamp();
    }

    /// <summary>When no packet was ready, as a timestamp of the time provider.</summary>
    internal long DrainedAt { get; private set; }

    /// <summary>Frames that hold no IP packet.</summary>
    internal ulong Skipped { get; private set; }

    /// <summary>Frames stored without contents, because the kernel cannot describe their segments.</summary>
    internal ulong Unreadable { get; private set; }

    /// <summary>
    /// Whether the kernel marked a block, opened since this was reset, as following dropped packets.
    /// </summary>
    internal bool HasLost { get; set; }

    /// <summary>Whether a block is ready.</summary>
    internal bool IsReady => _left > 0 || IsRetired(Block(_block));

    /// <summary>Takes the stored packets, up to a point of loss.</summary>
    /// <returns>The number of packets.</returns>
    internal int Take(Span<PacketRecord> packets)
    {
        int count = 0;
        while (count < packets.Length)
        {
            if (_left == 0 && ((count > 0 && FollowsLoss(Block(_block))) || !OpenBlock()))
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

    private static bool IsRetired(tpacket_block_desc* block) =>
        (Volatile.Read(ref block->block_status) & TP_STATUS_USER) != 0;

    private static bool FollowsLoss(tpacket_block_desc* block) =>
        (Volatile.Read(ref block->block_status) & (TP_STATUS_USER | TP_STATUS_LOSING))
            == (TP_STATUS_USER | TP_STATUS_LOSING);

    private tpacket_block_desc* Block(int number) => (tpacket_block_desc*)(_memory + ((nint)number * _blockSize));

    private bool OpenBlock()
    {
        while (true)
        {
            tpacket_block_desc* block = Block(_block);
            if (!IsRetired(block))
            {
                // Read the clock before the block: packets stored in between must not count as read.
                long now = _timeProvider.GetTimestamp();
                if (!IsRetired(block))
                {
                    DrainedAt = now;
                    return false;
                }
            }

            _left = block->num_pkts;
            _next = (tpacket3_hdr*)((byte*)block + block->offset_to_first_pkt);
            _isCounted = FollowsLoss(block);
            if (_isCounted)
            {
                HasLost = true;
                Unreadable += CountUnreadable();
            }

            if (_left > 0)
            {
                return true;
            }

            CloseBlock();
        }
    }

    /// <summary>
    /// Frames without contents in the new block: the kernel counts them as drops, besides those that were lost.
    /// </summary>
    private ulong CountUnreadable()
    {
        ulong count = 0;
        tpacket3_hdr* packet = _next;
        for (uint i = 0; i < _left; i++)
        {
            count += (packet->tp_status & TP_STATUS_USER) == 0 ? 1u : 0;
            packet = (tpacket3_hdr*)((byte*)packet + packet->tp_next_offset);
        }

        return count;
    }

    private void CloseBlock()
    {
        Volatile.Write(ref Block(_block)->block_status, TP_STATUS_KERNEL);
        _block = _block + 1 == _blocks ? 0 : _block + 1;
    }

    private bool TryRead(tpacket3_hdr* packet, ref PacketRecord record)
    {
        if ((packet->tp_status & TP_STATUS_USER) == 0)
        {
            // The kernel dropped this frame after it had reserved the place, which holds data of an earlier one.
            Unreadable += _isCounted ? 0u : 1;
            return false;
        }

        sockaddr_ll* address = (sockaddr_ll*)(packet + 1);
        LinkFrame frame = FrameOf(packet, address);
        if (frame.Length < 0)
        {
            Skipped++;
            return false;
        }

        PacketParser.Read(frame.Packet, frame.Length, ref record);
        PacketDirection direction = address->sll_pkttype == PACKET_OUTGOING ? PacketDirection.Tx : PacketDirection.Rx;
        long time = ((long)packet->tp_sec * NanoTime.NanosPerSecond) + packet->tp_nsec;
        record.Complete((uint)direction, (uint)frame.Length, time);
        if (_hasSegments)
        {
            var segments = (virtio_net_hdr*)((byte*)packet + packet->tp_mac - sizeof(virtio_net_hdr));
            if (segments->gso_type != VIRTIO_NET_HDR_GSO_NONE)
            {
                CountSegments(packet, segments, frame, ref record);
            }
        }

        return true;
    }

    private static void CountSegments(
        tpacket3_hdr* packet, virtio_net_hdr* segments, in LinkFrame frame, ref PacketRecord record)
    {
        // If a checksum is still to be computed, the kernel gives its transport header.
        int beforeIp = (int)packet->tp_snaplen - frame.Packet.Length;
        int transport = (segments->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0 ? segments->csum_start - beforeIp : 0;
        SegmentCount count = SegmentCount.Of(
            frame.Packet, frame.Length, segments->gso_type, segments->gso_size, transport);
        record.Packets = count.Packets;
        record.Bytes = count.Bytes;
    }

    private static LinkFrame FrameOf(tpacket3_hdr* packet, sockaddr_ll* address)
    {
        int length = (int)Math.Min(packet->tp_len, int.MaxValue);
        if (address->sll_hatype is ARPHRD_ETHER or ARPHRD_LOOPBACK)
        {
            var bytes = new ReadOnlySpan<byte>((byte*)packet + packet->tp_mac, (int)packet->tp_snaplen);
            return LinkFrame.Read(LinkType.Ethernet, bytes, length);
        }

        // For devices with other headers, the kernel gives the header's length.
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
