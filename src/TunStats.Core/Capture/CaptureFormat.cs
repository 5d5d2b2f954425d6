using System;
using System.Runtime.CompilerServices;
using System.Threading;
using TunStats.Flows;

namespace TunStats.Capture;

/// <summary>One format of capture files: reads records from the input one by one.</summary>
internal abstract class CaptureFormat(CaptureContext context, CaptureInput input)
{
    /// <summary>
    /// More bytes of a frame than its headers can take: link header, VLAN tags, NAT addresses, IP and TCP.
    /// </summary>
    protected const int EnoughOfAFrame = 1024;

    protected CaptureContext Context { get; } = context;

    protected CaptureInput Input { get; } = input;

    /// <summary>Fills records.</summary>
    /// <returns>The number of records; fewer than requested only at the end.</returns>
    internal abstract int Read(Span<PacketRecord> records, ref int count, CancellationToken cancellationToken);

    /// <summary>Refuses the header of another file where a record should begin: files were joined.</summary>
    protected void RefuseSecondFile()
    {
        Input.Ensure(PcapFormat.FileHeaderLength);
        if (PcapFormat.IsHeader(Input.Window) || PcapNgFormat.IsHeader(Input.Window))
        {
            Context.Damaged(
                Input.Offset,
                "a second capture file begins here; read joined files one by one, or merge them with mergecap");
        }
    }

    /// <summary>Reads one frame into a record.</summary>
    /// <returns>False if the frame holds no IP packet.</returns>
    protected bool TryRead(
        int linkType,
        ReadOnlySpan<byte> frame,
        uint length,
        sbyte direction,
        LocalAddresses? local,
        long time,
        ref PacketRecord record)
    {
        bool isPacket = TryParse(linkType, frame, length, direction, local, time, ref record);
        Context.PacketsRead += isPacket ? 1 : 0;
        Context.PacketsSkipped += isPacket ? 0 : 1;
        return isPacket;
    }

    /// <summary>The same, without counting.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected bool TryParse(
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
            if (link.IsUnreadable)
            {
                Context.AddUnreadable(link.UnreadableType);
            }

            return false;
        }

        PacketParser.Read(link.Packet, link.Length, ref record);
        sbyte way = direction != LinkFrame.NoDirection ? direction : link.Direction;
        uint resolved = 0, isKnown = 0;
        if (way != LinkFrame.NoDirection)
        {
            (resolved, isKnown) = ((uint)way, 1);
        }
        else if (local is not null)
        {
            resolved = local.DirectionOf(record.Key, out isKnown);
        }

        record.Complete(resolved, (uint)link.Length, time);
        record.Marks |= (byte)(isKnown ^ PacketRecord.Undirected);
        return true;
    }
}
