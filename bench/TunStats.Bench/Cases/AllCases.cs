using System.Collections.Generic;
using TunStats.Bench.Harness;

namespace TunStats.Bench.Cases;

/// <summary>Every case, in the order of the table. A new room adds its list here.</summary>
internal static class AllCases
{
    internal static IEnumerable<BenchCase> Create() =>
    [
        .. PollCases.Create(),
        .. DumpCases.Create(),
        .. PollerCases.Create(),
        .. PollProcessCases.Create(),
        .. ProcessCases.Create(),
        .. OwnerCases.Create(),
        .. FlowCases.Create(),
        .. NetLogCases.Create(),
        .. IpfixCases.Create(),
        .. RingCases.Create(),
    ];
}
