using System;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using TunStats.Interop;

namespace TunStats.Polling;

/// <summary>
/// A file that others read at any time, such as node_exporter's textfile collector: it is there whole or not at all.
/// Each content goes to a file of its own in the same directory, to the disk, and then takes the name.
/// </summary>
public sealed class MetricsFile
{
    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string _directory;
    private readonly string _name;

    private MetricsFile(string path, string directory, string name)
    {
        Path = path;
        _directory = directory;
        _name = name;
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>Checks that the file can be written, without touching it.</summary>
    /// <param name="path">Where it is to be; relative to the current directory.</param>
    /// <exception cref="MetricsFileException">It cannot be written there.</exception>
    public static MetricsFile Create(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new MetricsFileException(
                MetricsFileErrorKind.InvalidPath, path, $"'{path}' is no path of a file to write metrics to.");
        }

        string full = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(full) || path.EndsWith('/'))
        {
            throw new MetricsFileException(
                MetricsFileErrorKind.IsDirectory,
                full,
                $"Metrics cannot be written to '{full}': it is a directory. Name a file in it, such as tunstats.prom.");
        }

        string directory = System.IO.Path.GetDirectoryName(full)!;
        if (!Directory.Exists(directory))
        {
            throw new MetricsFileException(
                MetricsFileErrorKind.DirectoryMissing,
                full,
                $"Metrics cannot be written to '{full}': there is no directory '{directory}'. Make it first.");
        }

        var file = new MetricsFile(full, directory, System.IO.Path.GetFileName(full));
        file.Probe();
        return file;
    }

    /// <summary>Puts a content in the place of the one before.</summary>
    /// <param name="content">The whole content.</param>
    /// <exception cref="MetricsFileException">It could not be written; the content before is still there.</exception>
    public void Write(ReadOnlySpan<byte> content)
    {
        string temporary = TemporaryPath();
        try
        {
            using (SafeFileHandle handle = Open(temporary))
            {
                // The mode that a file is made with is cut by the umask; this one is not.
                File.SetUnixFileMode(handle, Mode);
                RandomAccess.Write(handle, content, fileOffset: 0);
                RandomAccess.FlushToDisk(handle);
            }

            File.Move(temporary, Path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw Failure(e);
        }
    }

    /// <summary>Removes the file, where it is there.</summary>
    /// <exception cref="MetricsFileException">It could not be removed.</exception>
    public void Delete()
    {
        try
        {
            File.Delete(Path);
        }
        catch (DirectoryNotFoundException)
        {
            // With its directory gone it is gone as well.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(e);
        }
    }

    private void Probe()
    {
        string temporary = TemporaryPath();
        try
        {
            Open(temporary).Dispose();
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(e);
        }
    }

    // Made anew, never followed: in a directory that others may write to, a name that can be guessed is theirs.
    private static SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);

    // No .prom at its end: node_exporter would read it half-written.
    private string TemporaryPath() => System.IO.Path.Combine(
        _directory,
        string.Create(CultureInfo.InvariantCulture, $".{_name}.{RandomNumberGenerator.GetHexString(12, true)}.tmp"));

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to tell.
        }
    }

    private MetricsFileException Failure(Exception e) => e switch
    {
        DirectoryNotFoundException => new MetricsFileException(
            MetricsFileErrorKind.DirectoryMissing,
            Path,
            $"Metrics cannot be written to '{Path}': its directory is not there.",
            e),
        UnauthorizedAccessException or IOException { HResult: (int)Errno.EROFS } => new MetricsFileException(
            MetricsFileErrorKind.NotWritable,
            Path,
            $"Metrics cannot be written to '{Path}': the directory may not be written to. Give this user the right to, "
            + "or name a file elsewhere.",
            e),
        _ => new MetricsFileException(
            MetricsFileErrorKind.Failed, Path, $"Metrics cannot be written to '{Path}': {e.Message}", e),
    };
}
