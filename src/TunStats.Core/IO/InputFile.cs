using System;
using System.IO;

namespace TunStats.IO;

/// <summary>Opens files for reading: regular ones, pipes and standard input.</summary>
internal static class InputFile
{
    /// <summary>The path that means standard input.</summary>
    internal const string StandardInput = "-";

    /// <summary>The file's name in messages.</summary>
    internal static string NameOf(string path) => path == StandardInput ? "standard input" : path;

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path; <c>-</c> for standard input, which is never closed.</param>
    /// <param name="wanted">What the file should be, such as "a capture file".</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <returns>A <see cref="DescriptorStream"/> where the file is not seekable.</returns>
    /// <exception cref="IOException">There is no such file, or it is a directory.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    internal static Stream Open(string path, string wanted, TimeProvider? timeProvider)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        TimeProvider clock = timeProvider ?? TimeProvider.System;
        if (path == StandardInput)
        {
            return DescriptorStream.OpenStandardInput(clock);
        }

        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a directory. Give the path of {wanted}.");
        }

        // The writer of a pipe may be slow: only a wait on the descriptor can be cancelled.
        DescriptorStream descriptor = DescriptorStream.Open(path, clock);
        if (!descriptor.IsRegularFile)
        {
            return descriptor;
        }

        descriptor.Dispose();
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
    }
}
