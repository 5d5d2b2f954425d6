using TunStats.Flows;

namespace TunStats.Classes;

/// <summary>The class of a connection.</summary>
internal readonly record struct FlowVerdict
{
    private const uint ServiceFlag = 0x80;

    private readonly byte _outcome;

    internal FlowVerdict(byte outcome) => _outcome = outcome;

    /// <summary>Virtual, subnet, exit, or unknown if no end is a known node.</summary>
    public FlowClass Class => (FlowClass)(_outcome & 0x7f);

    /// <summary>Whether an end is Tailscale's service on each node, whose traffic is not logged.</summary>
    public bool IsService => (_outcome & ServiceFlag) != 0;

    internal static byte Outcome(FlowClass flowClass, bool service) =>
        (byte)((uint)flowClass | (service ? ServiceFlag : 0));
}
