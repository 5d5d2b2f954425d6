namespace TunStats.Export;

/// <summary>What to do after a sink failed.</summary>
public enum LogSinkErrorKind
{
    /// <summary>An option or the destination is not usable at all; found before the first entry.</summary>
    Invalid,

    /// <summary>It may work later: retry.</summary>
    Transient,

    /// <summary>The destination refuses the first entry that it did not take: drop that one and go on.</summary>
    Refused,

    /// <summary>The first entry that was not taken is larger than the destination allows: drop it and go on.</summary>
    TooLarge,
}
