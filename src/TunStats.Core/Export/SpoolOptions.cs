namespace TunStats.Export;

/// <summary>Where messages wait on disk for a destination that is slow or away.</summary>
internal sealed record SpoolOptions
{
    /// <summary>The smallest spool, in bytes: it holds a few messages of any length.</summary>
    public const long MinBytes = 1024 * 1024;

    /// <summary>The directory, made where there is none. It belongs to one sink of one logger.</summary>
    public required string Directory { get; init; }

    /// <summary>The most bytes that it takes.</summary>
    public long MaxBytes { get; init; } = 256 * 1024 * 1024;

    /// <exception cref="LogSinkException">An option is not valid.</exception>
    internal void Check()
    {
        if (string.IsNullOrEmpty(Directory) || Directory.Contains('\0', System.StringComparison.Ordinal))
        {
            throw Invalid(nameof(Directory), "The directory of the spool is empty or holds a null character.");
        }

        if (MaxBytes < MinBytes)
        {
            throw Invalid(
                nameof(MaxBytes), $"A spool of {MaxBytes} bytes is too small; give {MinBytes} bytes or more.");
        }
    }

    private static LogSinkException Invalid(string option, string message) =>
        new(message, LogSinkErrorKind.Invalid) { Option = option };
}
