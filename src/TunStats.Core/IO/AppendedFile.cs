using System;
using TunStats.Interop;
using static TunStats.Interop.FileConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>
/// A file that lines are appended to. Each line is one write(2) with O_APPEND: several writers do not mix their lines,
/// and a file that is truncated while it is written (copytruncate of logrotate) has no hole. A line that a full disk
/// cuts short is removed again. Not thread-safe.
/// </summary>
/// <remarks>
/// <see cref="AppendedFileOpening"/> describes which files are accepted. An unfinished last line of another program is
/// ended first.
/// </remarks>
internal sealed class AppendedFile : IDisposable
{
    private const byte LineEnd = (byte)'\n';

    private readonly bool _isExclusive;
    private SafeFileDescriptor _file;
    private bool _isInLine;

    private AppendedFile(string path, bool isExclusive)
    {
        Path = path;
        _isExclusive = isExclusive;
        _file = AppendedFileOpening.Open(path, isExclusive);
        _isInLine = EndsInLine(_file);
    }

    /// <summary>The path, as it was given.</summary>
    public string Path { get; }

    /// <summary>Opens a file, or creates it.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="AppendedFileException">It cannot be opened, or lines cannot be appended to it.</exception>
    public static AppendedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new AppendedFile(path, isExclusive: false);
    }

    /// <summary>Opens a file that no other writer may open in this way until it is closed.</summary>
    /// <exception cref="AppendedFileException">As of <see cref="Open"/>, or another writer has it.</exception>
    internal static AppendedFile OpenExclusive(string path) => new(path, isExclusive: true);

    /// <summary>The metadata of the open file.</summary>
    internal FileStatus Status => FileStatus.Of(_file, out FileStatus status) == Errno.None ? status : default;

    /// <summary>Whether the open file has no name any more: what is written to it is lost when it is closed.</summary>
    internal bool IsDeleted => FileStatus.Of(_file, out FileStatus status) == Errno.None && status.Links == 0;

    /// <summary>Its length in bytes.</summary>
    internal long Length => Libc.lseek(_file, 0, SEEK_END);

    /// <summary>Whether the file has no content, or its content begins with a character.</summary>
    /// <param name="character">An ASCII character.</param>
    internal bool StartsWith(char character) => Libc.ReadByte(_file, 0) is not { } first || first == character;

    /// <summary>Appends a line.</summary>
    /// <param name="line">The line; its last byte is a line feed.</param>
    /// <exception cref="AppendedFileException">It could not be written; a partial line was removed.</exception>
    public void WriteLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[^1] != LineEnd)
        {
            throw new ArgumentException("A line ends with a line feed.", nameof(line));
        }

        ObjectDisposedException.ThrowIf(_file.IsClosed, this);
        if (_isInLine)
        {
            Write([LineEnd]);
            _isInLine = false;
        }

        Write(line);
    }

    /// <summary>
    /// Closes the file and opens what the path names now, after another program has renamed the file. Where that
    /// fails, the file stays open.
    /// </summary>
    /// <exception cref="AppendedFileException">It cannot be opened, or lines cannot be appended to it.</exception>
    public void Reopen()
    {
        if (_isExclusive && FileStatus.OfPath(Path, follow: true, out FileStatus named) == Errno.None
            && named.Identity == Status.Identity)
        {
            // Locking a second descriptor of the same file would fail, and there is nothing to reopen.
            return;
        }

        SafeFileDescriptor next = AppendedFileOpening.Open(Path, _isExclusive);
        _file.Dispose();
        _file = next;
        _isInLine = EndsInLine(next);
    }

    /// <summary>Copies mode and, where allowed, owner of another file.</summary>
    internal void TakeModeAndOwner(in FileStatus other)
    {
        // Where the owner cannot be changed, the file stays the caller's, with the same mode.
        _ = Libc.fchown(_file, other.UserId, other.GroupId);
        _ = Libc.fchmod(_file, other.Permissions);
    }

    /// <summary>Reads at an offset of the file; -1 on failure.</summary>
    internal int ReadAt(Span<byte> bytes, long offset) => Libc.ReadAt(_file, bytes, offset);

    /// <summary>Truncates the file.</summary>
    /// <returns>Whether that worked.</returns>
    internal bool TryTruncate(long length)
    {
        bool isDone = Libc.ftruncate(_file, length) == 0;
        _isInLine = EndsInLine(_file);
        return isDone;
    }

    /// <summary>Flushes the file to disk.</summary>
    /// <exception cref="AppendedFileException">The disk reports an error.</exception>
    internal void Sync()
    {
        Errno errno = Libc.Sync(_file, dataOnly: true);
        if (errno != Errno.None)
        {
            throw new AppendedFileException(
                $"'{Path}' could not be flushed to disk: {Libc.ErrorText(errno)}.", errno);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>
    /// Whether the last line is unfinished; true if it cannot be read: an empty line does no harm.
    /// </summary>
    private bool EndsInLine(SafeFileDescriptor file)
    {
        long length = Libc.lseek(file, 0, SEEK_END);
        return length > 0
            && (Libc.ReadByte(file, length - 1) is { } last ? last != LineEnd : _isExclusive);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        while (done < bytes.Length)
        {
            Errno errno = Libc.Write(_file, bytes[done..], out int written);
            done += written;
            if (errno is Errno.None or Errno.EINTR)
            {
                // The kernel writes only a part when the disk is full: the next write returns the reason.
                continue;
            }

            throw TakeBack(done, errno);
        }
    }

    /// <summary>Removes a partial line, unless another writer has appended to it already.</summary>
    private AppendedFileException TakeBack(int count, Errno errno)
    {
        string rest = "";
        if (count > 0)
        {
            long end = Libc.lseek(_file, 0, SEEK_CUR);
            bool isLast = end == Libc.lseek(_file, 0, SEEK_END);
            bool isCut = isLast && end >= count && Libc.ftruncate(_file, end - count) == 0;
            _isInLine = isLast && !isCut;
            rest = isCut ? " The partial line was removed." : " The end of the line is missing.";
        }

        string hint = errno is Errno.ENOSPC or Errno.EDQUOT ? " Free some space." : "";
        return new AppendedFileException(
            $"A line could not be appended to '{Path}': {Libc.ErrorText(errno)}.{rest}{hint}", errno);
    }
}
