using System;
using System.IO;
using TunStats.Interop;

namespace TunStats.IO;

/// <summary>
/// Messages for the framework's errors about files. In a trimmed program the framework's own texts are resource keys.
/// </summary>
internal static class FileErrors
{
    /// <summary>Whether an exception is one of those that file calls throw.</summary>
    /// <param name="exception">The exception.</param>
    public static bool IsFileError(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>The kernel's reason; none if the exception does not say.</summary>
    /// <param name="exception">What a file call threw.</param>
    public static Errno ErrnoOf(Exception exception) => exception switch
    {
        DescriptorException e => e.Errno,
        FileNotFoundException or DirectoryNotFoundException => Errno.ENOENT,
        PathTooLongException => Errno.ENAMETOOLONG,
        UnauthorizedAccessException { InnerException: IOException inner } => ErrnoOf(inner),
        UnauthorizedAccessException => Errno.EACCES,
        IOException { HResult: > 0 and < 4096 } e => (Errno)e.HResult,
        _ => Errno.None,
    };

    /// <summary>One sentence: which file, why, and what to do.</summary>
    /// <param name="exception">What a file call threw.</param>
    /// <param name="path">The file, as the user named it.</param>
    public static string Describe(Exception exception, string path)
    {
        Errno errno = ErrnoOf(exception);
        return errno switch
        {
            _ when Directory.Exists(path) => $"'{path}' is a directory; give the path of a file.",
            Errno.ENOENT when MissingDirectory(path) is { } directory =>
                $"The file '{path}' cannot be opened: there is no directory '{directory}'.",
            Errno.ENOENT => $"There is no file '{path}'.",
            Errno.EACCES or Errno.EPERM =>
                $"The file '{path}' may not be opened: {Libc.ErrorText(errno)}. Run as a user who may.",
            Errno.EAGAIN => $"The file '{path}' is in use by another program.",
            not Errno.None when path == InputFile.StandardInput =>
                $"Standard input cannot be read: {Libc.ErrorText(errno)}.",
            Errno.None => $"The file '{path}' cannot be read or written.",
            _ => $"The file '{path}' cannot be read or written: {Libc.ErrorText(errno)}.",
        };
    }

    private static string? MissingDirectory(string path)
    {
        string? directory = Path.GetDirectoryName(path);
        return string.IsNullOrEmpty(directory) || Directory.Exists(directory) ? null : directory;
    }
}
