namespace TunStats.Netlink;

/// <summary>How a dump ended.</summary>
internal enum DumpOutcome
{
    /// <summary>The dump shows one consistent state.</summary>
    Consistent,

    /// <summary>
    /// The data changed during every attempt (NLM_F_DUMP_INTR): the last one may miss or repeat entries.
    /// </summary>
    Interrupted,
}
