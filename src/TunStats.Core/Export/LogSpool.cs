using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using TunStats.Interop;
using TunStats.IO;
using static TunStats.Interop.FileConstants;

namespace TunStats.Export;

/// <summary>
/// Entries on disk in segments, bounded in size. A record counts only whole, with its checksum: what a crash cut off is
/// passed over, and what is damaged is reported and counted. What was sent is remembered by its place in the oldest
/// segment; a crash before that is written repeats some entries and loses none. Files that are deleted meanwhile are
/// made again. What a full disk does not take waits in memory, up to a batch. Thread-safe.
/// </summary>
internal sealed class LogSpool : IEntrySource, IDisposable
{
    private const string Extension = ".spool";
    private const int Segments = 8;
    private const int PositionLength = 20;
    private const int MaxPassing = 1000;
    private const int MaxPassingBytes = 1024 * 1024;

    // Far beyond what a spool reaches, and far from an overflow.
    private const long MaxNumber = 1_000_000_000_000_000_000;

    private readonly object _gate = new();
    private readonly SpoolOptions _options;
    private readonly Action<string>? _warn;
    private readonly AppendedFile _lock;
    private readonly SpoolFile _position;
    private readonly List<SpoolSegment> _segments = [];
    private readonly List<(long End, LogEntry Entry)> _peeked = [];
    private readonly Queue<LogEntry> _passing = [];
    private LogEntry? _before;
    private (long Number, long End) _reported;
    private long _passingBytes;
    private bool _isPassingPeeked;
    private bool _isFull;
    private bool _isPositionLost;
    private bool _isDisposed;
    private bool _isLost;
    private long _offset;
    private long _last;
    private long _damaged;
    private long _stopped;

    private LogSpool(SpoolOptions options, AppendedFile owned, Action<string>? warn)
    {
        _options = options;
        _warn = warn;
        _lock = owned;
        _position = SpoolFile.Open(Path.Combine(options.Directory, "position"), O_CREAT);
        try
        {
            OpenSegments(ReadPosition());

            // While there is room: later writes of the same length need none.
            WritePosition();
        }
        catch
        {
            _position.Dispose();
            _segments.ForEach(segment => segment.Dispose());
            throw;
        }
    }

    /// <summary>Messages, and bytes of all records, that wait on disk.</summary>
    internal (long Messages, long Bytes) Counts
    {
        get
        {
            lock (_gate)
            {
                return (_segments.Sum(s => s.Messages), Math.Max(0, _segments.Sum(s => s.Length) - _offset));
            }
        }
    }

    /// <summary>Messages, and bytes of their lines, that wait in memory because the disk is full.</summary>
    internal (long Messages, long Bytes) Passing
    {
        get
        {
            lock (_gate)
            {
                return (_passing.Count(entry => !entry.IsGap), _passingBytes);
            }
        }
    }

    /// <summary>Messages that were damaged, at least, and those that could not be kept at the end.</summary>
    internal (long Damaged, long Stopped) Lost
    {
        get
        {
            lock (_gate)
            {
                return (_damaged, _stopped);
            }
        }
    }

    /// <summary>Opens the spool, or makes it.</summary>
    /// <param name="options">Where, and how large.</param>
    /// <param name="warn">Takes sentences about what is damaged, deleted or full, on any thread; null for none.</param>
    /// <exception cref="LogSinkException">An option is not valid, or another logger has the spool.</exception>
    internal static LogSpool Open(SpoolOptions options, Action<string>? warn = null)
    {
        options.Check();
        AppendedFile? owned = null;
        try
        {
            MakeDirectory(options.Directory);
            owned = AppendedFile.OpenExclusive(Path.Combine(options.Directory, "lock"));
            return new LogSpool(options, owned, warn);
        }
        catch (Exception e) when (FileErrors.IsFileError(e))
        {
            owned?.Dispose();
            string message = e is AppendedFileException ? e.Message : FileErrors.Describe(e, options.Directory);
            LogSinkErrorKind kind = LogSinkException.KindOfOpening(FileErrors.ErrnoOf(e));
            throw new LogSinkException($"The spool cannot be used: {message}", kind, e)
            {
                Option = nameof(SpoolOptions.Directory),
            };
        }
    }

    /// <summary>Appends entries. Where the disk is full, a limited number of them waits in memory.</summary>
    /// <exception cref="LogSinkException">The spool or the disk is full; it says how many were appended.</exception>
    internal void Append(IReadOnlyList<LogEntry> entries)
    {
        lock (_gate)
        {
            int done = 0;
            try
            {
                RestoreFiles();
                if (!_isPassingPeeked)
                {
                    StorePassing();
                }

                for (; done < entries.Count; done++)
                {
                    Store(entries[done], done);
                }
            }
            catch (Exception e) when (FileErrors.IsFileError(e))
            {
                throw Full(TextOf(e), done);
            }
        }
    }

    /// <summary>Brings what was appended to the disk.</summary>
    /// <exception cref="LogSinkException">The disk reports an error.</exception>
    internal void Sync()
    {
        lock (_gate)
        {
            try
            {
                Writer?.File.Sync();
            }
            catch (IOException e)
            {
                throw Full(TextOf(e), 0);
            }
        }
    }

    /// <summary>Sees at the end that all that waits is on the disk; what cannot be kept is counted.</summary>
    internal void Secure()
    {
        lock (_gate)
        {
            if (_isDisposed || _isLost)
            {
                return;
            }

            _stopped = _passing.Count(entry => !entry.IsGap);
            try
            {
                RestoreFiles();
                StorePassing();
                _stopped = _passing.Count(entry => !entry.IsGap);
                WritePosition();
            }
            catch (Exception e) when (FileErrors.IsFileError(e))
            {
                _stopped += _segments.Sum(s => s.Messages);
                _isLost = true;
                _warn?.Invoke($"The spool '{_options.Directory}' was deleted and cannot be made again: {TextOf(e)}.");
            }
        }
    }

    public bool Peek(List<LogEntry> batch, int maxMessages, int maxBytes)
    {
        lock (_gate)
        {
            _peeked.Clear();
            _isPassingPeeked = false;
            StorePassing();
            while (_segments.Count > 0)
            {
                SpoolSegment segment = _segments[0];
                if (PeekRecords(segment, batch, maxMessages, maxBytes))
                {
                    return true;
                }

                if (_segments.Count == 1 && segment.Length <= _offset)
                {
                    break;
                }

                // Read to its end, or damaged from here on.
                RemoveFirst();
            }

            return PeekPassing(batch, maxMessages, maxBytes);
        }
    }

    public bool Remove(int count)
    {
        if (count == 0)
        {
            return true;
        }

        lock (_gate)
        {
            if (_isPassingPeeked)
            {
                for (int i = 0; i < count && _passing.Count > 0; i++)
                {
                    _passingBytes -= _passing.Dequeue().Line.Length;
                }

                return true;
            }

            SpoolSegment first = _segments[0];
            first.Messages -= _peeked.Take(count).Count(p => !p.Entry.IsGap);
            (_offset, _before) = _peeked[count - 1];
            _peeked.RemoveRange(0, count);
            if (_offset >= first.Length && (_segments.Count > 1 || _offset >= SegmentBytes))
            {
                RemoveFirst();
            }

            WritePosition();
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Secure();
            _isDisposed = true;
            _segments.ForEach(segment => segment.Dispose());
            _position.Dispose();
            _lock.Dispose();
        }
    }

    private long SegmentBytes => _options.MaxBytes / Segments;

    /// <summary>The segment that is written to; null where the next record begins one.</summary>
    private SpoolSegment? Writer => _segments.Count > 0 && _segments[^1].IsOwn ? _segments[^1] : null;

    private static void MakeDirectory(string path) => Directory.CreateDirectory(
        path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static string TextOf(Exception e) =>
        e is AppendedFileException ? e.Message.TrimEnd('.') : Libc.ErrorText(FileErrors.ErrnoOf(e));

    private static LogSinkException Full(string why, int taken) =>
        new($"The spool takes no more: {why}.", LogSinkErrorKind.Transient) { Taken = taken };

    private void Store(LogEntry entry, int done)
    {
        byte[] record = SpoolRecord.Write(entry);
        if (_segments.Sum(s => s.Length) + record.Length > _options.MaxBytes)
        {
            throw Full($"it holds {_options.MaxBytes} bytes", done);
        }

        // What waits in memory is older, and goes first.
        if (_passing.Count == 0)
        {
            try
            {
                Append(record, entry);
                return;
            }
            catch (IOException e)
            {
                if (!_isFull)
                {
                    _isFull = true;
                    _warn?.Invoke(
                        $"The spool '{_options.Directory}' takes no more: {TextOf(e)}. Messages are sent past it, from "
                        + "memory, until it does.");
                }
            }
        }

        if (_passing.Count >= MaxPassing || _passingBytes >= MaxPassingBytes)
        {
            throw Full("the disk is full, and so is the memory that helps out", done);
        }

        _passing.Enqueue(entry);
        _passingBytes += entry.Line.Length;
    }

    private void StorePassing()
    {
        try
        {
            while (_passing.Count > 0)
            {
                Append(SpoolRecord.Write(_passing.Peek()), _passing.Peek());
                _passingBytes -= _passing.Dequeue().Line.Length;
            }
        }
        catch (IOException)
        {
            // That was reported; they stay in memory.
        }
    }

    private void Append(byte[] record, LogEntry entry)
    {
        try
        {
            Append(record);
        }
        catch (IOException) when (_segments.Count == 1 && _segments[0].Length > 0 && _offset >= _segments[0].Length)
        {
            // All of it was delivered: the room that it takes is free.
            RemoveFirst();
            WritePosition();
            Append(record);
        }

        _segments[^1].Messages += entry.IsGap ? 0 : 1;
        if (_isFull)
        {
            _isFull = false;
            _warn?.Invoke($"The spool '{_options.Directory}' takes messages again.");
        }
    }

    private void Append(byte[] record)
    {
        if (Writer is not { } writer || writer.Length >= SegmentBytes)
        {
            Writer?.File.Sync();
            string path = Path.Combine(_options.Directory, $"{_last + 1:D20}{Extension}");
            writer = new SpoolSegment(_last + 1, SpoolFile.Open(path, O_CREAT | O_EXCL), isOwn: true);
            _last++;
            _segments.Add(writer);
            FileDirectory.Sync(_options.Directory);
        }

        writer.Append(record);
    }

    private bool PeekRecords(SpoolSegment segment, List<LogEntry> batch, int maxMessages, int maxBytes)
    {
        long at = _offset;
        long bytes = 0;
        LogEntry? before = _before;
        while (batch.Count < maxMessages && at < segment.Length)
        {
            long start = at;
            LogEntry? entry = segment.Read(ref at);
            if (entry is null)
            {
                at = segment.FindNext(start) ?? segment.Length;
                long next = at;
                ReportDamage(segment, start, at, before, segment.Read(ref next));
                continue;
            }

            bytes += entry.Line.Length;
            if (batch.Count > 0 && bytes > maxBytes)
            {
                break;
            }

            batch.Add(entry);
            _peeked.Add((at, entry));
            before = entry;
        }

        return batch.Count > 0;
    }

    private bool PeekPassing(List<LogEntry> batch, int maxMessages, int maxBytes)
    {
        long bytes = 0;
        foreach (LogEntry entry in _passing)
        {
            bytes += entry.Line.Length;
            if (batch.Count > 0 && (batch.Count >= maxMessages || bytes > maxBytes))
            {
                break;
            }

            batch.Add(entry);
        }

        _isPassingPeeked = batch.Count > 0;
        return _isPassingPeeked;
    }

    /// <summary>Reports a damaged place once. Numbers on both sides of it tell how much is missing.</summary>
    private void ReportDamage(SpoolSegment segment, long start, long end, LogEntry? before, LogEntry? after)
    {
        if (_reported.CompareTo((segment.Number, end)) >= 0)
        {
            return;
        }

        _reported = (segment.Number, end);
        long lost = before is not null && after is not null && before.Logger == after.Logger
            ? Math.Max(1, after.Sequence - before.Sequence - 1)
            : 1;
        _damaged += lost;
        _warn?.Invoke(
            $"{CountText.Of(end - start, "byte", "bytes")} of '{segment.File.Path}' cannot be read or are damaged: "
            + $"{CountText.Of(lost, "message", "messages")} or more cannot be delivered.");
    }

    private void RemoveFirst()
    {
        using SpoolSegment first = _segments[0];

        // Where that fails, the position says that it was delivered, and the next start deletes it.
        _ = Libc.unlink(first.File.Path);
        _segments.RemoveAt(0);
        (_offset, _before) = (0, null);
    }

    /// <summary>Makes again what was deleted: the open files still hold it.</summary>
    private void RestoreFiles()
    {
        List<SpoolFile> gone = [.. _segments.Select(s => s.File).Append(_position).Where(file => file.IsGone)];
        if (gone.Count == 0 && !_lock.IsDeleted)
        {
            return;
        }

        MakeDirectory(_options.Directory);
        _lock.Reopen();
        gone.ForEach(file => file.Restore());
        FileDirectory.Sync(_options.Directory);
        string waiting = CountText.Of(_segments.Sum(s => s.Messages), "message that waits", "messages that wait");
        _warn?.Invoke(
            $"The spool '{_options.Directory}', or files of it, were deleted while a logger used them. They were made "
            + $"again, with {waiting}.");
    }

    /// <summary>Opens what another process left; what is not a segment is left alone.</summary>
    private void OpenSegments((long Number, long Offset) reached)
    {
        _last = reached.Number;
        foreach (string path in Directory.GetFiles(_options.Directory, "*" + Extension))
        {
            if (!long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, null, out long number)
                || number > MaxNumber)
            {
                continue;
            }

            _last = Math.Max(_last, number);
            if (FileStatus.OfPath(path, follow: false, out FileStatus status) == Errno.None && !status.IsRegular)
            {
                _warn?.Invoke($"'{path}' is {status.TypeText}, not a file of a spool. It is left alone.");
            }
            else if (number < reached.Number)
            {
                File.Delete(path);
            }
            else
            {
                _segments.Add(new SpoolSegment(number, SpoolFile.Open(path, creation: 0), isOwn: false));
            }
        }

        _segments.Sort((a, b) => a.Number.CompareTo(b.Number));
        _offset = _segments.Count > 0 && _segments[0].Number == reached.Number ? reached.Offset : 0;
        for (int i = 0; i < _segments.Count; i++)
        {
            _segments[i].Measure(i == 0 ? _offset : 0);
        }

        _offset = Math.Min(_offset, _segments.Count > 0 ? _segments[0].Length : 0);
    }

    private (long Number, long Offset) ReadPosition()
    {
        Span<byte> text = stackalloc byte[PositionLength];
        if (_position.Read(text, 0) < text.Length
            || Crc32.Append(0, text[..16]) != BinaryPrimitives.ReadUInt32LittleEndian(text[16..]))
        {
            return default;
        }

        long number = BinaryPrimitives.ReadInt64LittleEndian(text);
        long offset = BinaryPrimitives.ReadInt64LittleEndian(text[8..]);
        return number is >= 0 and <= MaxNumber && offset >= 0 ? (number, offset) : default;
    }

    /// <summary>Notes what was sent. Where that fails it is known in memory, and noted the next time.</summary>
    private void WritePosition()
    {
        Span<byte> text = stackalloc byte[PositionLength];
        BinaryPrimitives.WriteInt64LittleEndian(text, _segments.Count > 0 ? _segments[0].Number : _last + 1);
        BinaryPrimitives.WriteInt64LittleEndian(text[8..], _offset);
        BinaryPrimitives.WriteUInt32LittleEndian(text[16..], Crc32.Append(0, text[..16]));
        try
        {
            _position.Write(text, 0);
            _isPositionLost = false;
        }
        catch (IOException e)
        {
            if (!_isPositionLost)
            {
                _warn?.Invoke(
                    $"The spool '{_options.Directory}' cannot note what was sent: {TextOf(e)}. It goes on; after a "
                    + "restart some messages may be sent again.");
            }

            _isPositionLost = true;
        }
    }
}
