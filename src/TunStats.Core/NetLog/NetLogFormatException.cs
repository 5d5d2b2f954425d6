using System;
using System.Globalization;

namespace TunStats.NetLog;

/// <summary>Text that is not valid JSON, or JSON that is not a network log message; says where and why.</summary>
public sealed class NetLogFormatException : FormatException
{
    internal NetLogFormatException(
        NetLogErrorKind kind,
        string inputName,
        long line,
        long column,
        string path,
        string reason,
        Exception? innerException = null)
        : base(
            string.Create(
                CultureInfo.InvariantCulture, $"{inputName}, line {line}, column {column}, {path}: {reason}"),
            innerException)
    {
        Kind = kind;
        InputName = inputName;
        Line = line;
        Column = column;
        Path = path;
        Reason = reason;
    }

    /// <summary>The kind of error.</summary>
    public NetLogErrorKind Kind { get; }

    /// <summary>The input: a file's path, or a name for another input.</summary>
    public string InputName { get; }

    /// <summary>The line, from 1.</summary>
    public long Line { get; }

    /// <summary>The column in bytes of UTF-8, from 1.</summary>
    public long Column { get; }

    /// <summary>The member, as a JSON path: <c>$.logs[3].exitTraffic[0].src</c>.</summary>
    public string Path { get; }

    /// <summary>What is wrong, as a sentence without the position.</summary>
    public string Reason { get; }
}
