using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Interop;
using TunStats.IO;

namespace TunStats.Export;

/// <summary>
/// Messages in a file, one a line, each in one write(2) with O_APPEND. The file is locked: no other logger has it.
/// </summary>
/// <remarks>
/// After a crash or a power loss the file holds whole lines but for the last, which is mended when it is opened again.
/// What was written is brought to the disk (fdatasync) each time that nothing is queued, which is after each window:
/// a power loss costs the window under way at most. On a full disk the part of a line is taken back, and writing is
/// retried. A file that was deleted is made again, and what a batch had put into it is written once more; one that was
/// renamed is written to until it is reopened (SIGHUP).
/// </remarks>
internal sealed class FileSink : ILogSink
{
    // A directory that allows no rename is not asked again for each message.
    private static readonly TimeSpan RotationRetry = TimeSpan.FromMinutes(1);

    private readonly FileSinkOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Action<string>? _warn;
    private readonly AppendedFile _file;
    private readonly RotatedFiles? _rotated;
    private long _startedAt;
    private TimeSpan _initialAge;
    private long? _rotationFailedAt;
    private bool _mustReopen;

    private FileSink(FileSinkOptions options, AppendedFile file, TimeProvider timeProvider, Action<string>? warn)
    {
        _options = options;
        _timeProvider = timeProvider;
        _warn = warn;
        _file = file;
        Name = $"file {options.Path}";
        StartAge();
        if (options.Rotates && file.Status.IsRegular)
        {
            _rotated = new RotatedFiles(options, timeProvider, warn);
        }
    }

    public string Name { get; }

    public bool UsesMessages => false;

    /// <summary>Checks the options and opens the file, whose last line is mended.</summary>
    /// <param name="options">The options.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="warn">Takes sentences about rotation that does not work, on any thread; null for none.</param>
    /// <exception cref="LogSinkException">
    /// An option is not valid, the file cannot be appended to, holds something else, or is in use by another logger.
    /// </exception>
    internal static FileSink Open(FileSinkOptions options, TimeProvider timeProvider, Action<string>? warn = null)
    {
        options.Check();
        AppendedFile? file = null;
        try
        {
            file = AppendedFile.OpenExclusive(options.Path);
            if (!file.StartsWith('{'))
            {
                throw new AppendedFileException(
                    $"'{options.Path}' is not a file of network log messages: it does not begin with '{{'. It was left "
                    + "as it is; give another file.");
            }

            TornLine.Mend(file, warn);
            return new FileSink(options, file, timeProvider, warn);
        }
        catch (Exception e) when (FileErrors.IsFileError(e))
        {
            // The directory of a file that is rotated must be readable, too.
            file?.Dispose();
            string message = e is AppendedFileException
                ? e.Message
                : $"The directory of '{options.Path}' cannot be read: {Libc.ErrorText(FileErrors.ErrnoOf(e))}. "
                    + "Rotation looks for older files there.";
            throw new LogSinkException(message, LogSinkException.KindOfOpening(FileErrors.ErrnoOf(e)), e)
            {
                Option = nameof(FileSinkOptions.Path),
            };
        }
    }

    public void Write(IReadOnlyList<LogEntry> batch, CancellationToken cancellationToken)
    {
        int taken = 0;
        int first = 0;
        try
        {
            do
            {
                if (_file.IsDeleted)
                {
                    ReplaceDeleted();
                    taken = first;
                }

                for (; taken < batch.Count; taken++)
                {
                    ReadOnlySpan<byte> line = batch[taken].Line.Span;
                    cancellationToken.ThrowIfCancellationRequested();
                    if (MustRotate(line.Length))
                    {
                        if (_file.IsDeleted)
                        {
                            break;
                        }

                        first = Rotate() ? taken : first;
                    }

                    _file.WriteLine(line);
                }
            }
            while (_file.IsDeleted);
        }
        catch (AppendedFileException e)
        {
            // What is in a deleted file is in nobody's hands.
            throw new LogSinkException(e.Message, LogSinkErrorKind.Transient, e)
            {
                Taken = _file.IsDeleted ? first : taken,
            };
        }
    }

    public void Flush(CancellationToken cancellationToken) => Try(_file.Sync);

    public void Reopen() => Try(ReopenFile);

    public void Dispose()
    {
        _file.Dispose();
        _rotated?.Dispose();
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (AppendedFileException e)
        {
            throw new LogSinkException(e.Message, LogSinkErrorKind.Transient, e);
        }
    }

    private void ReopenFile()
    {
        _mustReopen = true;
        _file.Sync();
        _file.Reopen();
        TornLine.Mend(_file, _warn);
        StartAge();
        _mustReopen = false;
    }

    /// <summary>The file's age goes on over a restart, as far as the file system knows its birth.</summary>
    private void StartAge()
    {
        FileIdentity identity = _file.Status.Identity;
        _startedAt = _timeProvider.GetTimestamp();
        _initialAge = identity.BirthSeconds == 0 || _file.Length == 0
            ? TimeSpan.Zero
            : _timeProvider.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(identity.BirthSeconds);
        _initialAge = _initialAge < TimeSpan.Zero ? TimeSpan.Zero : _initialAge;
    }

    private void ReplaceDeleted()
    {
        ReopenFile();
        _warn?.Invoke(
            $"'{_options.Path}' was deleted while it was written. Messages go to a new file of this name from here "
            + "on.");
    }

    private bool MustRotate(int bytes)
    {
        if (_mustReopen)
        {
            ReopenFile();
        }

        if (_rotated is null || !IsDue(bytes)
            || (_rotationFailedAt is { } at && _timeProvider.GetElapsedTime(at) < RotationRetry))
        {
            return false;
        }

        _rotationFailedAt = null;
        if (_file.Length > 0)
        {
            return true;
        }

        StartAge();
        return false;
    }

    private bool IsDue(int bytes) =>
        _file.Length + bytes > _options.MaxFileSize
        || _initialAge + _timeProvider.GetElapsedTime(_startedAt) >= _options.MaxFileAge;

    /// <returns>Whether what follows goes to a new file.</returns>
    private bool Rotate()
    {
        _file.Sync();
        FileStatus before = _file.Status;
        if (!_rotated!.TryRename(before.Identity, out Errno errno))
        {
            _rotationFailedAt = _timeProvider.GetTimestamp();
            _warn?.Invoke(
                $"'{_options.Path}' could not be rotated: {Libc.ErrorText(errno)}. It grows until that works.");
            return false;
        }

        ReopenFile();
        if (_file.Length == 0)
        {
            _file.TakeModeAndOwner(before);
        }

        _rotated.Notify();
        return true;
    }
}
