using System;
using System.Numerics;

namespace TunStats.Flows;

/// <summary>
/// The traffic of connections that did not fit a full table: exact in packets and bytes, estimated in the number of
/// connections (HyperLogLog over 4096 registers, standard error 1.6 %).
/// </summary>
internal sealed class FlowOverflow
{
    private const int RegisterBits = 12;
    private const int Registers = 1 << RegisterBits;

    private readonly byte[] _registers = new byte[Registers];
    private FlowCounts _counts;

    internal FlowCounts Counts => _counts;

    internal long FirstSeen { get; private set; }

    internal long LastSeen { get; private set; }

    internal void Add(in PacketRecord packet, ulong hash)
    {
        bool isFirst = _counts.IsZero;
        FirstSeen = isFirst ? packet.UnixNanoseconds : Math.Min(FirstSeen, packet.UnixNanoseconds);
        LastSeen = isFirst ? packet.UnixNanoseconds : Math.Max(LastSeen, packet.UnixNanoseconds);
        if (packet.Direction == PacketDirection.Tx)
        {
            _counts.AddTx(packet.Packets, packet.Bytes);
        }
        else
        {
            _counts.AddRx(packet.Packets, packet.Bytes);
        }

        ref byte register = ref _registers[hash & (Registers - 1)];
        byte rank = (byte)(BitOperations.LeadingZeroCount(hash | (Registers - 1)) + 1);
        register = Math.Max(register, rank);
    }

    /// <summary>The estimated number of connections.</summary>
    internal long EstimateConnections()
    {
        const double Alpha = 0.7213 / (1 + (1.079 / Registers));
        double sum = 0;
        int empty = 0;
        foreach (byte rank in _registers)
        {
            sum += Math.ScaleB(1, -rank);
            empty += rank == 0 ? 1 : 0;
        }

        double raw = Alpha * Registers * Registers / sum;
        bool few = raw <= 2.5 * Registers && empty > 0;
        return (long)Math.Round(few ? Registers * Math.Log((double)Registers / empty) : raw);
    }

    internal void Clear()
    {
        Array.Clear(_registers);
        _counts = default;
        FirstSeen = 0;
        LastSeen = 0;
    }
}
