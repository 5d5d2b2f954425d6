using System.Runtime.InteropServices;

namespace TunStats.Flows;

/// <summary>What few packets change of a connection: its first instant and the upper halves of its counts.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FlowEntryRest
{
    internal long FirstSeen;
    internal fixed uint PacketsHigh[2];
    internal fixed uint BytesHigh[2];
}
