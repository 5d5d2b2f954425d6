using System;
using System.IO;
using System.IO.Compression;
using System.Threading;
using TunStats.Interop;

namespace TunStats.IO;

/// <summary>Compresses finished files.</summary>
internal static class GzipFile
{
    private const int Block = 64 * 1024;

    /// <summary>
    /// Compresses a file and removes it. The target gets its name only when it is complete and on disk. It has the mode
    /// of the source, and its owner where allowed.
    /// </summary>
    /// <param name="source">A file that is no longer written.</param>
    /// <param name="temporary">An unused name in the same directory.</param>
    /// <param name="target">The name of the result.</param>
    /// <param name="cancellationToken">Ends the work; the source stays.</param>
    /// <exception cref="IOException">Reading or writing failed; the source is still there.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal static void Compress(string source, string temporary, string target, CancellationToken cancellationToken)
    {
        try
        {
            using (FileStream input = new(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0))
            using (FileStream output = new(temporary, Options))
            {
                using (GZipStream gzip = new(output, CompressionLevel.Fastest, leaveOpen: true))
                {
                    byte[] block = new byte[Block];
                    for (int count; (count = input.Read(block)) > 0;)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        gzip.Write(block, 0, count);
                    }
                }

                TakeModeAndOwner(source, output);
                output.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FileDirectory.Sync(Path.GetDirectoryName(target)!);
        File.Delete(source);
    }

    private static FileStreamOptions Options => new()
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        BufferSize = Block,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    private static void TakeModeAndOwner(string source, FileStream output)
    {
        if (FileStatus.OfPath(source, follow: false, out FileStatus status) == Errno.None)
        {
            using var descriptor = new SafeFileDescriptor(
                (int)output.SafeFileHandle.DangerousGetHandle(), ownsHandle: false);

            // Where the owner cannot be changed, the file stays the caller's, with the same mode.
            _ = Libc.fchown(descriptor, status.UserId, status.GroupId);
            _ = Libc.fchmod(descriptor, status.Permissions);
        }
    }
}
