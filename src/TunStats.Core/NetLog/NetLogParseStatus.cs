namespace TunStats.NetLog;

/// <summary>How far a parser came.</summary>
internal enum NetLogParseStatus
{
    /// <summary>A step was done; the next one follows.</summary>
    Continue,

    /// <summary>The window has to be filled.</summary>
    NeedMore,

    Message,

    Error,

    End,
}
