using System;
using System.IO;
using TunStats.Interop;
using static TunStats.Interop.FileConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>
/// A new file that replaces another one when it is complete. Where the file system supports it, it has no name until
/// then (O_TMPFILE): a process that is killed leaves nothing behind.
/// </summary>
internal sealed class TemporaryFile : IDisposable
{
    private const uint OwnerOnly = 0x180; // 0600
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

    /// <summary>Whether a directory supports nameless files (O_TMPFILE); leaves nothing in it.</summary>
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

    /// <summary>Creates a file.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="isNameless">Whether it gets its name last: see <see cref="CanBeNameless"/>.</param>
    /// <param name="file">The file.</param>
    /// <param name="mode">Its mode, less the umask; its owner's alone unless given.</param>
    /// <returns>None, or why there is none.</returns>
    internal static Errno Create(
        string directory, bool isNameless, out TemporaryFile? file, uint mode = OwnerOnly)
    {
        SafeFileDescriptor? descriptor = null;
        string? name = null;
        Errno errno = isNameless
            ? Result(descriptor = Libc.OpenFile(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode))
            : WithNewName(
                directory,
                path => Result(descriptor = Libc.CreateFile(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode)),
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

    /// <summary>Replaces the file of this name in the same directory, if there is one.</summary>
    /// <returns>None, or why it failed: then the other file is unchanged.</returns>
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

    /// <summary>Closes the file; it is removed unless it replaced another one.</summary>
    public void Dispose()
    {
        Descriptor.Dispose();
        if (_name is not null)
        {
            // If this fails too, the first error is the one to report.
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
            // Not named .prom: node_exporter would read a half-written file.
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
