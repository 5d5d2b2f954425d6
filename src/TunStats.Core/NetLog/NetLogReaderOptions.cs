using System;

namespace TunStats.NetLog;

/// <summary>The limits of a reader, which bound its memory for any input.</summary>
internal sealed record NetLogReaderOptions
{
    /// <summary>The minimum of <see cref="MaxMessageMemory"/>.</summary>
    internal const int MinMemory = 4096;

    /// <summary>The maximum nesting of objects and lists: 1 to 10,000.</summary>
    public int MaxDepth { get; init; } = 256;

    /// <summary>
    /// The maximum number of bytes of memory that the messages being read may take before they are handed out. The
    /// default is more than a hundred times what the largest message that a node sends takes.
    /// </summary>
    public long MaxMessageMemory { get; init; } = 256L << 20;

    internal NetLogReaderOptions Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDepth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDepth, 10_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMessageMemory, MinMemory);
        return this;
    }
}
