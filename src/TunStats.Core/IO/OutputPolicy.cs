namespace TunStats.IO;

/// <summary>What an output does when its reader is slower than its writer.</summary>
internal enum OutputPolicy
{
    /// <summary>Never wait: drop lines that do not fit the queue and count them. For live data.</summary>
    Drop,

    /// <summary>Wait for room and lose nothing. For data of files.</summary>
    Wait,
}
