namespace TunStats.Capture;

/// <summary>The statistics of a ring since it was opened.</summary>
/// <param name="PacketsReceived">Packets that the kernel took or dropped for the ring, of any protocol.</param>
/// <param name="PacketsDropped">Those that it dropped because the ring was full: they were not counted.</param>
/// <param name="PacketsSkipped">Those that are not IP packets (ARP and others).</param>
/// <param name="PacketsUnreadable">
/// Those of <paramref name="PacketsDropped"/> that were dropped for another reason: the kernel cannot describe their
/// segments, as those of SCTP and of UDP fragments that a virtual machine sent.
/// </param>
internal readonly record struct PacketRingStatistics(
    ulong PacketsReceived, ulong PacketsDropped, ulong PacketsSkipped, ulong PacketsUnreadable = 0);
