namespace TunStats.IO;

/// <summary>What an output does where its reader is slower than its writer.</summary>
internal enum OutputPolicy
{
    /// <summary>Never wait: drop lines that do not fit the queue and count them. For what is sampled live.</summary>
    Drop,

    /// <summary>Wait for room and lose nothing. For the contents of a finished file.</summary>
    Wait,
}
