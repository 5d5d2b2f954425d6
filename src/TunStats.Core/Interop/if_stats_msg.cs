using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct if_stats_msg of linux/if_link.h: the fixed part of RTM_GETSTATS and RTM_NEWSTATS.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct if_stats_msg
{
    internal byte family;
    internal byte pad1;
    internal ushort pad2;
    internal uint ifindex;
    internal uint filter_mask;
}
