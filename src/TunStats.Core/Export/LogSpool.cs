using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using TunStats.Interop;
using TunStats.IO;

namespace TunStats.Export;

/// <summary>
/// Entries on disk in segments, bounded in size. A record counts only whole, with its checksum: what a crash cut off is
/// removed at the next start, what is damaged is passed over. What was sent is remembered by its place in the oldest
/// segment; a crash before that is written repeats some entries and loses none. Thread-safe.
/// </summary>
internal sealed class LogSpool : IEntrySource, IDisposable
{
    private const string Extension = ".spool";
    private const int Segments = 8;
    private const int PositionLength = 20;

    private readonly object _gate = new();
    private readonly SpoolOptions _options;
    private readonly AppendedFile _lock;
    private readonly FileStream _position;
    private readonly List<Segment> _segments = [];
    private readonly List<(long End, bool IsGap)> _peeked = [];
    private FileStream? _writer;
    private FileStream? _reader;
    private long _offset;
    private long _last;

    private LogSpool(SpoolOptions options, AppendedFile owned)
    {
        _options = options;
        _lock = owned;
        _position = new FileStream(
            Path.Combine(options.Directory, "position"), FileMode.OpenOrCreate, FileAccess.ReadWrite,
            FileShare.ReadWrite, bufferSize: 0);
        foreach (string path in Directory.GetFiles(options.Directory, "*" + Extension))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, null, out long number))
            {
                _segments.Add(new Segment(number, path));
            }
        }

        _segments.Sort((a, b) => a.Number.CompareTo(b.Number));
        ReadPosition();
        CountEntries();
    }

    /// <summary>Entries that are messages, and bytes of all records, that wait.</summary>
    internal (long Messages, long Bytes) Counts { get; private set; }

    /// <summary>Opens the spool, or makes it.</summary>
    /// <exception cref="LogSinkException">An option is not valid, or another logger has the spool.</exception>
    internal static LogSpool Open(SpoolOptions options)
    {
        options.Check();
        AppendedFile? owned = null;
        try
        {
            Directory.CreateDirectory(
                options.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            owned = AppendedFile.OpenExclusive(Path.Combine(options.Directory, "lock"));
            return new LogSpool(options, owned);
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

    /// <summary>Appends entries.</summary>
    /// <exception cref="LogSinkException">The spool or the disk is full; it says how many were appended.</exception>
    internal void Append(IReadOnlyList<LogEntry> entries)
    {
        lock (_gate)
        {
            for (int i = 0; i < entries.Count; i++)
            {
                byte[] record = SpoolRecord.Write(entries[i]);
                if (_segments.Sum(s => s.Length) + record.Length > _options.MaxBytes)
                {
                    throw Full($"it holds {_options.MaxBytes} bytes", i);
                }

                try
                {
                    Append(record);
                }
                catch (IOException e)
                {
                    throw Full(Libc.ErrorText(FileErrors.ErrnoOf(e)), i);
                }

                Counts = (Counts.Messages + (entries[i].IsGap ? 0 : 1), Counts.Bytes + record.Length);
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
                _writer?.Flush(flushToDisk: true);
            }
            catch (IOException e)
            {
                throw Full(Libc.ErrorText(FileErrors.ErrnoOf(e)), 0);
            }
        }
    }

    public bool Peek(List<LogEntry> batch, int maxMessages, int maxBytes)
    {
        lock (_gate)
        {
            _peeked.Clear();
            while (_segments.Count > 0)
            {
                Segment segment = _segments[0];
                _reader ??= OpenReader(segment.Path);
                long at = _offset;
                long bytes = 0;
                while (batch.Count < maxMessages && ReadRecord(_reader, ref at, segment.Length) is { } entry)
                {
                    bytes += entry.Line.Length;
                    if (batch.Count > 0 && bytes > maxBytes)
                    {
                        break;
                    }

                    batch.Add(entry);
                    _peeked.Add((at, entry.IsGap));
                }

                if (batch.Count > 0)
                {
                    return true;
                }

                if (_segments.Count == 1 && segment.Length <= _offset)
                {
                    return false;
                }

                // Read to its end, or damaged from here on.
                RemoveFirst();
            }

            return false;
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
            long end = _peeked[count - 1].End;
            int messages = _peeked.Take(count).Count(p => !p.IsGap);
            Counts = (Counts.Messages - messages, Counts.Bytes - (end - _offset));
            _offset = end;
            _peeked.RemoveRange(0, count);
            if (_offset >= _segments[0].Length && (_segments.Count > 1 || _offset >= SegmentBytes))
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
            _writer?.Dispose();
            _reader?.Dispose();
            _position.Dispose();
            _lock.Dispose();
        }
    }

    private long SegmentBytes => _options.MaxBytes / Segments;

    private static FileStream OpenReader(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private static LogSinkException Full(string why, int taken) =>
        new($"The spool takes no more: {why}.", LogSinkErrorKind.Transient) { Taken = taken };

    private void Append(byte[] record)
    {
        if (_segments.Count == 0 || _writer is null || _segments[^1].Length >= SegmentBytes)
        {
            _writer?.Flush(flushToDisk: true);
            _writer?.Dispose();
            _writer = null;
            long number = _segments.Count == 0 ? NextNumber() : _segments[^1].Number + 1;
            string path = Path.Combine(_options.Directory, $"{number:D20}{Extension}");
            _writer = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            _segments.Add(new Segment(number, path));
            FileDirectory.Sync(_options.Directory);
        }

        Segment last = _segments[^1];
        try
        {
            _writer.Write(record);
            last.Length += record.Length;
        }
        catch (IOException)
        {
            // Part of a record would hide what follows it.
            _writer.SetLength(last.Length);
            _writer.Seek(last.Length, SeekOrigin.Begin);
            throw;
        }
    }

    private static LogEntry? ReadRecord(FileStream file, ref long at, long length)
    {
        Span<byte> head = stackalloc byte[SpoolRecord.HeadLength];
        if (at + head.Length > length)
        {
            return null;
        }

        file.Seek(at, SeekOrigin.Begin);
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length
            || SpoolRecord.BodyLength(head) is not { } size || at + head.Length + size > length)
        {
            return null;
        }

        byte[] body = new byte[size];
        if (file.ReadAtLeast(body, size, throwOnEndOfStream: false) < size
            || SpoolRecord.Read(head, body) is not { } entry)
        {
            return null;
        }

        at += head.Length + size;
        return entry;
    }

    private void RemoveFirst()
    {
        _reader?.Dispose();
        _reader = null;
        if (_segments.Count == 1)
        {
            _writer?.Dispose();
            _writer = null;
            Counts = default;
        }

        File.Delete(_segments[0].Path);
        _last = _segments[0].Number;
        _segments.RemoveAt(0);
        _offset = 0;
    }

    private long NextNumber() => Math.Max(_last, 0) + 1;

    /// <summary>Counts what waits, and cuts off what a crash left of the last record of each segment.</summary>
    private void CountEntries()
    {
        for (int i = 0; i < _segments.Count; i++)
        {
            Segment segment = _segments[i];
            segment.Length = new FileInfo(segment.Path).Length;
            using FileStream file = OpenReader(segment.Path);
            long at = i == 0 ? Math.Min(_offset, segment.Length) : 0;
            long start = at;
            long messages = 0;
            while (ReadRecord(file, ref at, segment.Length) is { } entry)
            {
                messages += entry.IsGap ? 0 : 1;
            }

            segment.Length = at;
            Counts = (Counts.Messages + messages, Counts.Bytes + (at - start));
        }
    }

    private void ReadPosition()
    {
        Span<byte> text = stackalloc byte[PositionLength];
        if (_position.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length
            || Crc32.Append(0, text[..16]) != BinaryPrimitives.ReadUInt32LittleEndian(text[16..]))
        {
            return;
        }

        long number = BinaryPrimitives.ReadInt64LittleEndian(text);
        _last = number;
        while (_segments.Count > 0 && _segments[0].Number < number)
        {
            File.Delete(_segments[0].Path);
            _segments.RemoveAt(0);
        }

        _offset = _segments.Count > 0 && _segments[0].Number == number
            ? BinaryPrimitives.ReadInt64LittleEndian(text[8..])
            : 0;
    }

    private void WritePosition()
    {
        Span<byte> text = stackalloc byte[PositionLength];
        BinaryPrimitives.WriteInt64LittleEndian(text, _segments.Count > 0 ? _segments[0].Number : NextNumber());
        BinaryPrimitives.WriteInt64LittleEndian(text[8..], _offset);
        BinaryPrimitives.WriteUInt32LittleEndian(text[16..], Crc32.Append(0, text[..16]));
        _position.Seek(0, SeekOrigin.Begin);
        _position.Write(text);
    }

    private sealed class Segment(long number, string path)
    {
        internal long Number { get; } = number;

        internal string Path { get; } = path;

        /// <summary>The bytes of whole records in it.</summary>
        internal long Length { get; set; }
    }
}
