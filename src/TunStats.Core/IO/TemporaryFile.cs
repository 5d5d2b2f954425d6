using System;
using System.IO;
using TunStats.Interop;
using static TunStats.Interop.FileConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>
/// A new file that takes the place of another one when it is complete. Where the file system can, it has no name until
/// then (O_TMPFILE): a process that is killed leaves nothing behind. Readable by its owner alone until told otherwise.
/// </summary>
internal sealed class TemporaryFile : IDisposable
{
    private const uint Mode = 0x180; // 0600
    private const int MaxNameAttempts = 100;

    private readonly string _directory;
    private string? _name;

    private TemporaryFile(string directory, SafeFileDescriptor file, string? name)
    {
        _directory = directory;
        Descriptor = file;
        _name = name;
    }

    /// <summary>The file, open for writing.</summary>
    internal SafeFileDescriptor Descriptor { get; }

    /// <summary>Whether a directory takes files that get their name last; leaves nothing in it.</summary>
    internal static bool CanBeNameless(string directory)
    {
        if (Create(directory, isNameless: true, out TemporaryFile? file) != Errno.None)
        {
            return false;
        }

        using (file)
        {
            return file!.TakeTemporaryName() == Errno.None;
        }
    }

    /// <summary>Makes a file.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="isNameless">Whether it gets its name last: see <see cref="CanBeNameless"/>.</param>
    /// <param name="file">The file.</param>
    /// <returns>None, or why there is none.</returns>
    internal static Errno Create(string directory, bool isNameless, out TemporaryFile? file)
    {
        SafeFileDescriptor? descriptor = null;
        string? name = null;
        Errno errno = isNameless
            ? Result(descriptor = Libc.OpenFile(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, Mode))
            : WithNewName(
                directory,
                path => Result(descriptor = Libc.CreateFile(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW, Mode)),
                out name);
        if (errno != Errno.None)
        {
            descriptor?.Dispose();
            file = null;
            return errno;
        }

        file = new TemporaryFile(directory, descriptor!, name);
        return Errno.None;
    }

    /// <summary>Takes the place of whatever has a name in the same directory.</summary>
    /// <returns>None, or why not: then the other file is still there.</returns>
    internal Errno MoveTo(string path)
    {
        Errno errno = _name is null ? TakeTemporaryName() : Errno.None;
        if (errno != Errno.None)
        {
            return errno;
        }

        if (Libc.rename(_name!, path) != 0)
        {
            return Libc.LastError;
        }

        _name = null;
        return Errno.None;
    }

    /// <summary>Closes the file; one that took no other's place is removed.</summary>
    public void Dispose()
    {
        Descriptor.Dispose();
        if (_name is not null)
        {
            // Where this fails too, the error that led here is the one to report.
            _ = Libc.unlink(_name);
        }
    }

    /// <summary>Gives the file a name, because only a file with a name can replace another one.</summary>
    private Errno TakeTemporaryName() => WithNewName(_directory, path => Libc.LinkFile(Descriptor, path), out _name);

    private static Errno Result(SafeFileDescriptor file) => file.IsInvalid ? Libc.LastError : Errno.None;

    private static Errno WithNewName(string directory, Func<string, Errno> make, out string? name)
    {
        Span<byte> random = stackalloc byte[16];
        for (int attempt = 1; ; attempt++)
        {
            // No .prom at its end: node_exporter would read it half-written.
            SystemRandom.Fill(random);
            string path = Path.Combine(directory, $".tunstats-{Convert.ToHexString(random)}.tmp");
            Errno errno = make(path);
            if (errno is not (Errno.EEXIST or Errno.EINTR) || attempt == MaxNameAttempts)
            {
                name = errno == Errno.None ? path : null;
                return errno;
            }
        }
    }
}
