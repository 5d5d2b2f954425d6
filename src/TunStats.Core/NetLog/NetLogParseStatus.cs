namespace TunStats.NetLog;

/// <summary>The result of a parser step.</summary>
internal enum NetLogParseStatus
{
    /// <summary>The step is complete.</summary>
    Continue,

    /// <summary>More text is needed.</summary>
    NeedMore,

    Message,

    Error,

    End,
}
