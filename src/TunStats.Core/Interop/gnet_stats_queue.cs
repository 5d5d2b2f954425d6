using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct gnet_stats_queue of linux/gen_stats.h: TCA_STATS_QUEUE.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct gnet_stats_queue
{
    internal uint qlen;
    internal uint backlog;
    internal uint drops;
    internal uint requeues;
    internal uint overlimits;
}
