using System;

namespace TunStats.Export;

/// <summary>A file of messages, and when it is rotated.</summary>
internal sealed record FileSinkOptions
{
    /// <summary>The smallest file that is worth a rotation, in bytes.</summary>
    public const long MinFileSize = 4096;

    /// <summary>The file's path.</summary>
    public required string Path { get; init; }

    /// <summary>Rotate before the file would have more bytes than this; null for no limit.</summary>
    public long? MaxFileSize { get; init; }

    /// <summary>Rotate with the first message after this time; null for no limit.</summary>
    public TimeSpan? MaxFileAge { get; init; }

    /// <summary>The most rotated files that are kept; null for all.</summary>
    public int? MaxFiles { get; init; }

    /// <summary>The most bytes that rotated files have together; null for no limit.</summary>
    public long? MaxTotalSize { get; init; }

    /// <summary>Whether rotated files are compressed with gzip.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Whether the file is rotated at all.</summary>
    internal bool Rotates => MaxFileSize is not null || MaxFileAge is not null;

    /// <summary>Checks all that can be checked without opening the file.</summary>
    /// <exception cref="LogSinkException">An option is not valid; its name is in the exception.</exception>
    internal void Check()
    {
        if (string.IsNullOrEmpty(Path) || Path.Contains('\0', StringComparison.Ordinal))
        {
            throw Invalid(nameof(Path), "The path of the file is empty or holds a null character; give another.");
        }

        if (MaxFileSize < MinFileSize)
        {
            throw Invalid(
                nameof(MaxFileSize),
                $"A maximum file size of {MaxFileSize} is too small; give {MinFileSize} bytes or more.");
        }

        if (MaxFileAge < TimeSpan.FromSeconds(1))
        {
            throw Invalid(nameof(MaxFileAge), $"A maximum age of {MaxFileAge} is too short; give 1 second or more.");
        }

        if (MaxFiles < 1)
        {
            throw Invalid(nameof(MaxFiles), $"A maximum of {MaxFiles} files is too small; give 1 or more.");
        }

        if (MaxTotalSize < MinFileSize)
        {
            throw Invalid(
                nameof(MaxTotalSize),
                $"A maximum total size of {MaxTotalSize} is too small; give {MinFileSize} bytes or more.");
        }

        if (!Rotates && (MaxFiles is not null || MaxTotalSize is not null))
        {
            throw Invalid(
                MaxFiles is not null ? nameof(MaxFiles) : nameof(MaxTotalSize),
                "A limit of rotated files has no effect on a file that is not rotated; give a maximum size or age of "
                + "the file, too.");
        }
    }

    private static LogSinkException Invalid(string option, string message) =>
        new(message, LogSinkErrorKind.Invalid) { Option = option };
}
