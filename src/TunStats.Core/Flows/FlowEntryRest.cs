using System.Runtime.InteropServices;

namespace TunStats.Flows;

/// <summary>The rarely changed part of a table entry: the first instant and the upper halves of the counts.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FlowEntryRest
{
    internal long FirstSeen;
    internal fixed uint PacketsHigh[2];
    internal fixed uint BytesHigh[2];
}
