using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using TunStats.IO;

namespace TunStats.NetLog;

/// <summary>
/// Reads network log messages of either schema from a file, a pipe or any stream, gzip'd or not: one object per line,
/// concatenated or printed over many lines, nested in any envelope. Memory does not grow with the file. An error skips
/// only its value; reading continues after it. Not thread-safe.
/// </summary>
/// <remarks>
/// An object is a message if it has any of the four lists of traffic; nested messages come before the outer ones.
/// Unknown members are skipped. After text that is not valid JSON, reading goes on at the next line.
/// </remarks>
internal sealed class NetLogReader : IDisposable
{
    private readonly Stream _source;
    private readonly NetLogParser _parser;
    private Stream _stream;
    private bool _isOpened;
    private bool _isEnded;

    /// <summary>Reads from a stream and takes ownership of it.</summary>
    /// <param name="stream">The text in UTF-8; need not be seekable.</param>
    /// <param name="inputName">Its name in errors.</param>
    /// <param name="options">The limits.</param>
    public NetLogReader(Stream stream, string inputName, NetLogReaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(inputName);
        _source = stream;
        _stream = stream;
        _parser = new NetLogParser(inputName, (options ?? new NetLogReaderOptions()).Checked());
        InputName = inputName;
    }

    /// <summary>The name of the input in errors.</summary>
    public string InputName { get; }

    /// <summary>The file's length in bytes; null for a pipe.</summary>
    public long? Length => _source.CanSeek ? _source.Length : null;

    /// <summary>The number of bytes of <see cref="Length"/> read so far.</summary>
    public long BytesRead => _source.CanSeek ? _source.Position : _parser.Window.Offset;

    /// <summary>The number of messages returned.</summary>
    public long MessagesRead { get; private set; }

    /// <summary>The number of errors returned.</summary>
    public long ErrorsFound { get; private set; }

    /// <summary>Opens a file, a named pipe or standard input.</summary>
    /// <param name="path">Its path; <c>-</c> for standard input.</param>
    /// <param name="options">The limits.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="IOException">There is no such file, or it is a directory.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static NetLogReader Open(
        string path, NetLogReaderOptions? options = null, TimeProvider? timeProvider = null) =>
        new(InputFile.Open(path, "a file with network log messages", timeProvider), InputFile.NameOf(path), options);

    /// <summary>Reads up to the next message or error.</summary>
    /// <param name="message">The message; null for an error, and at the end.</param>
    /// <param name="error">The error; the next call continues after it.</param>
    /// <param name="cancellationToken">Cancels the reading, also while it waits for a pipe.</param>
    /// <returns>False only at the end; else either a message or an error.</returns>
    /// <exception cref="IOException">Reading failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; a later call continues.</exception>
    public bool TryRead(
        out NetLogMessage? message, out NetLogFormatException? error, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_source is DescriptorStream descriptor)
        {
            descriptor.CancellationToken = cancellationToken;
        }

        while (!_isEnded)
        {
            NetLogParseStatus status = _parser.Next(out message, out error);
            if (status == NetLogParseStatus.NeedMore)
            {
                cancellationToken.ThrowIfCancellationRequested();
                error = Fill();
                _isEnded = error is not null;
            }

            _isEnded |= status == NetLogParseStatus.End;
            if (message is not null || error is not null)
            {
                MessagesRead += message is null ? 0 : 1;
                ErrorsFound += error is null ? 0 : 1;
                return true;
            }
        }

        message = null;
        error = null;
        return false;
    }

    /// <summary>Reads up to the next message.</summary>
    /// <param name="cancellationToken">Cancels the reading, also while it waits for a pipe.</param>
    /// <returns>The message; null at the end.</returns>
    /// <exception cref="NetLogFormatException">
    /// Text that is not a message. The next call goes on after it.
    /// </exception>
    /// <exception cref="IOException">Reading failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; a later call continues.</exception>
    public NetLogMessage? Read(CancellationToken cancellationToken = default)
    {
        TryRead(out NetLogMessage? message, out NetLogFormatException? error, cancellationToken);
        return error is null ? message : throw error;
    }

    /// <summary>Reads all messages, one at a time.</summary>
    /// <param name="onError">Receives errors; null to throw the first one.</param>
    /// <param name="cancellationToken">Cancels the reading, also while it waits for a pipe.</param>
    /// <exception cref="NetLogFormatException">Text that is not a message, and nobody to take the error.</exception>
    /// <exception cref="IOException">Reading failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<NetLogMessage> ReadAll(
        Action<NetLogFormatException>? onError = null, CancellationToken cancellationToken = default)
    {
        while (TryRead(out NetLogMessage? message, out NetLogFormatException? error, cancellationToken))
        {
            if (message is not null)
            {
                yield return message;
            }
            else if (onError is null)
            {
                throw error!;
            }
            else
            {
                onError(error!);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _source.Dispose();
    }

    /// <summary>Reads the next bytes; an error where the compressed data is damaged.</summary>
    private NetLogFormatException? Fill()
    {
        try
        {
            if (!_isOpened)
            {
                Detect();
                _isOpened = true;
            }

            int read = _stream.Read(_parser.Window.Room());
            _parser.Window.Commit(read);
            _parser.Window.IsFinal = read == 0;
            return null;
        }
        catch (InvalidDataException e)
        {
            return _parser.Damage($"{e.Message} here; what follows cannot be read.", e);
        }
    }

    private void Detect()
    {
        byte[] first = new byte[2];
        int length = _source.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        _stream = new PrefixedStream(first[..length], _source);
        if (first.AsSpan().SequenceEqual(GunzipStream.Magic))
        {
            _stream = new GunzipStream(_stream);
        }
    }
}
