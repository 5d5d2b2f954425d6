namespace TunStats.NetLog;

/// <summary>Why text could not be read as network log messages.</summary>
public enum NetLogErrorKind
{
    /// <summary>Unknown.</summary>
    None = 0,

    /// <summary>The text is not valid JSON. Reading continues at the next line.</summary>
    Syntax,

    /// <summary>A member has an invalid value, such as a negative count. The message is skipped.</summary>
    Value,

    /// <summary>The text is JSON without a network log message.</summary>
    NoMessage,

    /// <summary>A message or a value is larger than the limits allow. It is skipped.</summary>
    TooLarge,

    /// <summary>The JSON is nested deeper than the limit allows. Reading continues at the next line.</summary>
    TooDeep,

    /// <summary>The compressed data is damaged or truncated. Nothing more can be read.</summary>
    Damaged,
}
