namespace TunStats.Netlink;

/// <summary>How a dump ended.</summary>
public enum DumpOutcome
{
    /// <summary>The dump shows one consistent state.</summary>
    Consistent,

    /// <summary>
    /// What was dumped changed during every try (NLM_F_DUMP_INTR): entries may be missing or doubled in the last one.
    /// </summary>
    Interrupted,
}
