using System;
using System.Collections.Generic;
using System.Text;

namespace TunStats.NetLog;

/// <summary>
/// Reads network log messages from text that arrives in pieces, such as lines from a pipeline: what
/// <see cref="NetLogReader"/> does for a stream. A message is available as soon as its text is complete, on one line or
/// many; a single node of more than 16 KiB over many lines may wait for some text after it. Not thread-safe.
/// </summary>
/// <example>
/// <code>
/// reader.AddLine(line);
/// while (reader.TryRead(out NetLogMessage? message, out NetLogFormatException? error)) { … }
/// // and after the last line
/// reader.Complete();
/// while (reader.TryRead(out message, out error)) { … }
/// </code>
/// </example>
internal sealed class NetLogTextReader
{
    private readonly NetLogParser _parser;
    private readonly Queue<ReadOnlyMemory<char>> _texts = [];
    private readonly Encoder _encoder = new UTF8Encoding(false).GetEncoder();
    private bool _isComplete;

    /// <summary>Makes a reader.</summary>
    /// <param name="inputName">The name of the input in errors.</param>
    /// <param name="options">The limits.</param>
    public NetLogTextReader(string inputName = "input", NetLogReaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inputName);
        _parser = new NetLogParser(inputName, (options ?? new NetLogReaderOptions()).Checked());
        InputName = inputName;
    }

    /// <summary>The name of the input in errors.</summary>
    public string InputName { get; }

    /// <summary>The number of messages returned.</summary>
    public long MessagesRead { get; private set; }

    /// <summary>The number of errors returned.</summary>
    public long ErrorsFound { get; private set; }

    /// <summary>Adds text. It is parsed when messages are read.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Complete"/> was called.</exception>
    public void Add(ReadOnlyMemory<char> text)
    {
        if (_isComplete)
        {
            throw new InvalidOperationException("Do not add text after Complete.");
        }

        if (!text.IsEmpty)
        {
            _texts.Enqueue(text);
        }
    }

    /// <summary>Adds a line, or several, and a line's end after it.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Complete"/> was called.</exception>
    public void AddLine(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        Add(line.AsMemory());
        Add("\n".AsMemory());
    }

    /// <summary>Marks the end of the text: an unfinished value is then an error.</summary>
    public void Complete() => _isComplete = true;

    /// <summary>Reads up to the next message or error in the text added so far.</summary>
    /// <param name="message">The message; null for an error or neither.</param>
    /// <param name="error">The error; the next call continues after it.</param>
    /// <returns>False if more text is needed, and at the end.</returns>
    public bool TryRead(out NetLogMessage? message, out NetLogFormatException? error)
    {
        while (true)
        {
            NetLogParseStatus status = _parser.Next(out message, out error);
            if (message is not null || error is not null)
            {
                MessagesRead += message is null ? 0 : 1;
                ErrorsFound += error is null ? 0 : 1;
                return true;
            }

            if (status == NetLogParseStatus.End || !Fill())
            {
                return false;
            }
        }
    }

    /// <summary>Gives more text to the parser; false if there is none.</summary>
    private bool Fill()
    {
        JsonWindow window = _parser.Window;
        if (!_texts.TryPeek(out ReadOnlyMemory<char> text))
        {
            window.IsFinal = _isComplete;
            return _isComplete;
        }

        _texts.Dequeue();
        Span<byte> room = window.Room();
        _encoder.Convert(text.Span, room, flush: false, out int used, out int written, out _);
        window.Commit(written);
        if (used == text.Length)
        {
            return true;
        }

        // Text that did not fit stays first in line.
        int others = _texts.Count;
        _texts.Enqueue(text[used..]);
        for (; others > 0; others--)
        {
            _texts.Enqueue(_texts.Dequeue());
        }

        return true;
    }
}
