using System;
using System.Threading;

namespace TunStats.Packets;

/// <summary>One format of capture files: takes records from the input, one after the other.</summary>
internal abstract class CaptureFormat(CaptureContext context, CaptureInput input)
{
    /// <summary>
    /// More of a frame than any of its headers take: link header, VLAN tags, NAT addresses, IP and TCP.
    /// </summary>
    protected const int EnoughOfAFrame = 1024;

    protected CaptureContext Context { get; } = context;

    protected CaptureInput Input { get; } = input;

    /// <summary>Fills records.</summary>
    /// <returns>How many; fewer than there is room for at the end alone.</returns>
    internal abstract int Read(Span<PacketRecord> records, ref int count, CancellationToken cancellationToken);

    /// <summary>Reads one frame into a record.</summary>
    /// <returns>False where the frame holds no IP packet.</returns>
    protected bool TryRead(
        int linkType,
        ReadOnlySpan<byte> frame,
        uint length,
        sbyte direction,
        LocalAddresses? local,
        long time,
        ref PacketRecord record)
    {
        LinkFrame link = LinkFrame.Read(linkType, frame, (int)Math.Min(length, int.MaxValue));
        if (link.Length < 0)
        {
            Context.PacketsSkipped++;
            return false;
        }

        FlowKey key = PacketParser.Parse(link.Packet, link.Length, out byte flags);
        sbyte way = direction != LinkFrame.NoDirection ? direction : link.Direction;
        PacketDirection resolved = way != LinkFrame.NoDirection ? (PacketDirection)way
            : local is null ? PacketDirection.Tx
            : local.DirectionOf(key);
        record = new PacketRecord(key, resolved, (uint)link.Length, time, flags);
        Context.PacketsRead++;
        return true;
    }
}
