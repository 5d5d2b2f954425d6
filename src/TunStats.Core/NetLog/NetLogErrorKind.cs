namespace TunStats.NetLog;

/// <summary>Why text could not be read as network log messages.</summary>
public enum NetLogErrorKind
{
    /// <summary>It is not told.</summary>
    None = 0,

    /// <summary>The text is not valid JSON. Reading goes on at the next line.</summary>
    Syntax,

    /// <summary>A member has a value that it cannot have: a negative count, say. The message is left out.</summary>
    Value,

    /// <summary>The text is JSON and holds nothing that a network log message or its envelope has.</summary>
    NoMessage,

    /// <summary>A message or a value is larger than the limits allow. It is left out.</summary>
    TooLarge,

    /// <summary>The JSON is nested deeper than the limit allows. Reading goes on at the next line.</summary>
    TooDeep,

    /// <summary>The compressed data is damaged or truncated. Nothing more can be read.</summary>
    Damaged,
}
