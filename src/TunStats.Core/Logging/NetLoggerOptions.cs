using System;
using System.Collections.Generic;
using TunStats.Export;
using TunStats.NetLog;
using TunStats.Sessions;

namespace TunStats.Logging;

/// <summary>What a logger counts, how it makes messages of it, and where they go.</summary>
internal sealed record NetLoggerOptions
{
    /// <summary>How long the sinks have at the end to take what is queued, unless told otherwise.</summary>
    public static readonly TimeSpan DefaultStopLimit = TimeSpan.FromSeconds(10);

    /// <summary>What to count, in which windows, and where classes and physical traffic come from.</summary>
    public required FlowSessionOptions Flows { get; init; }

    /// <summary>What users call the logger, such as the name of its job; empty for its devices.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>How messages are made.</summary>
    public NetLogMessageOptions Messages { get; init; } = new();

    /// <summary>A file that messages are appended to; null for none.</summary>
    public FileSinkOptions? File { get; init; }

    /// <summary>A collector over HTTP; null for none.</summary>
    public HttpSinkOptions? Http { get; init; }

    /// <summary>Where messages wait for <see cref="Http"/> on disk, over restarts, too; null for memory.</summary>
    public SpoolOptions? HttpSpool { get; init; }

    /// <summary>A collector of IPFIX; null for none.</summary>
    public IpfixOptions? Ipfix { get; init; }

    /// <summary>How long the sinks have at the end to take what is queued.</summary>
    public TimeSpan StopLimit { get; init; } = DefaultStopLimit;

    /// <summary>Whether messages go anywhere but to the observer.</summary>
    public bool HasSinks => File is not null || Http is not null || Ipfix is not null || Sinks.Count > 0;

    /// <summary>Called with the session when it is open, before any sink is.</summary>
    internal Action<FlowSession>? Opened { get; init; }

    /// <summary>Sinks that are open already; the logger owns them.</summary>
    internal IReadOnlyList<ILogSink> Sinks { get; init; } = [];
}
