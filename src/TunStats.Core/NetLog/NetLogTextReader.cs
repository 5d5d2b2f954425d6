using System;
using System.Collections.Generic;
using System.Text;

namespace TunStats.NetLog;

/// <summary>
/// Reads network log messages from text that comes piece by piece, as lines from a pipeline: what
/// <see cref="NetLogReader"/> does for a stream. A message is there as soon as its text is, whether that is one line or
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
public sealed class NetLogTextReader
{
    private readonly NetLogParser _parser;
    private readonly Queue<ReadOnlyMemory<char>> _texts = [];
    private readonly Encoder _encoder = new UTF8Encoding(false).GetEncoder();
    private bool _isComplete;

    /// <summary>A reader.</summary>
    /// <param name="inputName">How errors call what is read.</param>
    /// <param name="options">The limits.</param>
    public NetLogTextReader(string inputName = "input", NetLogReaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inputName);
        _parser = new NetLogParser(inputName, (options ?? new NetLogReaderOptions()).Checked());
        InputName = inputName;
    }

    /// <summary>How errors call what is read.</summary>
    public string InputName { get; }

    /// <summary>How many messages were handed out.</summary>
    public long MessagesRead { get; private set; }

    /// <summary>How many errors were handed out.</summary>
    public long ErrorsFound { get; private set; }

    /// <summary>Adds text as it is. It is looked at when messages are asked for.</summary>
    /// <exception cref="InvalidOperationException">The text was said to be complete.</exception>
    public void Add(ReadOnlyMemory<char> text)
    {
        if (_isComplete)
        {
            throw new InvalidOperationException("Nothing can follow text that is complete.");
        }

        if (!text.IsEmpty)
        {
            _texts.Enqueue(text);
        }
    }

    /// <summary>Adds a line, or several, and a line's end after it.</summary>
    /// <exception cref="InvalidOperationException">The text was said to be complete.</exception>
    public void AddLine(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        Add(line.AsMemory());
        Add("\n".AsMemory());
    }

    /// <summary>Says that no more text comes: what is not finished by then is an error.</summary>
    public void Complete() => _isComplete = true;

    /// <summary>Reads up to the next message or error in the text added so far.</summary>
    /// <param name="message">The message; null where there is an error instead or neither.</param>
    /// <param name="error">What is wrong; reading goes on after it with the next call.</param>
    /// <returns>False where more text is needed, and at the end of what is complete.</returns>
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

    /// <summary>Reads a text that is at hand as a whole.</summary>
    /// <param name="text">The text.</param>
    /// <param name="onError">Takes errors; where null, the first one is thrown.</param>
    /// <param name="inputName">How errors call it.</param>
    /// <param name="options">The limits.</param>
    /// <exception cref="NetLogFormatException">Text that is not a message, and nobody to take the error.</exception>
    public static IEnumerable<NetLogMessage> ReadAll(
        string text,
        Action<NetLogFormatException>? onError = null,
        string inputName = "input",
        NetLogReaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        NetLogTextReader reader = new(inputName, options);
        reader.Add(text.AsMemory());
        reader.Complete();
        return reader.Rest(onError);
    }

    private IEnumerable<NetLogMessage> Rest(Action<NetLogFormatException>? onError)
    {
        while (TryRead(out NetLogMessage? message, out NetLogFormatException? error))
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

    /// <summary>Gives the parser more; false where there is nothing at hand.</summary>
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

        // What did not fit stays first.
        int others = _texts.Count;
        _texts.Enqueue(text[used..]);
        for (; others > 0; others--)
        {
            _texts.Enqueue(_texts.Dequeue());
        }

        return true;
    }
}
