namespace TunStats.Packets;

/// <summary>What a ring saw since it was opened.</summary>
/// <param name="PacketsReceived">Packets that the kernel took or dropped for the ring, of whatever protocol.</param>
/// <param name="PacketsDropped">Those that it dropped because the ring was full: they were not counted.</param>
/// <param name="PacketsSkipped">Those that are no IP packets (ARP and others).</param>
public readonly record struct PacketRingStatistics(ulong PacketsReceived, ulong PacketsDropped, ulong PacketsSkipped);
