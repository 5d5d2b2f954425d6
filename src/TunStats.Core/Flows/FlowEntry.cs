using System.Runtime.InteropServices;
using TunStats.Packets;

namespace TunStats.Flows;

/// <summary>
/// One connection in a table: 88 bytes. Tx and Rx counts lie side by side so that a direction is an index.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlowEntry
{
    internal const int InitiatorShift = 48;

    internal FlowKey Key;
    internal ulong TxPackets;
    internal ulong TxBytes;
    internal ulong RxPackets;
    internal ulong RxBytes;
    internal long FirstSeen;
    internal long LastSeen;
}
