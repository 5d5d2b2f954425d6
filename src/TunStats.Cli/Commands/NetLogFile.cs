using System;
using TunStats.Cli.Arguments;
using TunStats.IO;

namespace TunStats.Cli.Commands;

/// <summary>
/// The file of <c>netlog --out</c>. A disk that is full now may have room for a later message: what cannot be written
/// is counted, told of at its beginning and at its end, and makes the exit code.
/// </summary>
internal sealed class NetLogFile : IDisposable
{
    private readonly AppendedFile _file;
    private readonly Messages _messages;
    private long _missed;

    private NetLogFile(AppendedFile file, Messages messages)
    {
        _file = file;
        _messages = messages;
    }

    /// <summary>Whether a message could not be written.</summary>
    internal bool HasLost { get; private set; }

    /// <summary>Opens the file.</summary>
    /// <exception cref="FailureException">It cannot be appended to, or holds something else.</exception>
    internal static NetLogFile Open(string path, Messages messages)
    {
        try
        {
            AppendedFile file = AppendedFile.Open(path);
            if (file.StartsWith('{'))
            {
                return new NetLogFile(file, messages);
            }

            file.Dispose();
        }
        catch (AppendedFileException e)
        {
            throw new FailureException($"--out: {e.Message}");
        }

        throw new FailureException(
            $"--out: '{path}' is not a file of network log messages: it does not begin with '{{'. It was left "
            + "as it is; give another file.");
    }

    /// <summary>Appends a message.</summary>
    /// <param name="line">Its line.</param>
    internal void Write(ReadOnlyMemory<byte> line)
    {
        try
        {
            _file.WriteLine(line.Span);
            TellOfEnd();
        }
        catch (AppendedFileException e)
        {
            HasLost = true;
            if (_missed++ == 0)
            {
                _messages.Warn($"{e.Message} Messages are lost until it can be written again.");
            }
        }
    }

    /// <summary>Says how many messages were lost.</summary>
    internal void TellOfEnd()
    {
        if (_missed > 0)
        {
            _messages.Warn($"{CountText.Of(_missed, "message is", "messages are")} missing in '{_file.Path}'");
            _missed = 0;
        }
    }

    public void Dispose() => _file.Dispose();
}
