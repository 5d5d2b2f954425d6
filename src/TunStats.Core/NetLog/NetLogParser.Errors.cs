using System;
using System.Globalization;

namespace TunStats.NetLog;

/// <summary>Errors, and recovery from them.</summary>
internal sealed partial class NetLogParser
{
    /// <summary>An error at the next byte that needs recovery.</summary>
    public NetLogFormatException Damage(string reason, Exception inner) => new(
        NetLogErrorKind.Damaged, inputName, Window.Line, Window.Column, _stack.Path(), reason, inner);

    private NetLogParseStatus SkipLine()
    {
        _isSkippingLine = !Window.SkipLine();
        return !_isSkippingLine ? NetLogParseStatus.Continue
            : Window.IsFinal ? NetLogParseStatus.End
            : NetLogParseStatus.NeedMore;
    }

    private NetLogParseStatus Fail(JsonProblem problem) => Fail(problem.At, problem.Reason, problem.Kind, problem.Path);

    /// <summary>
    /// Drops open values, and continues at the next line, or here if a line with a new value begins.
    /// </summary>
    private NetLogParseStatus Fail(
        int at, string reason, NetLogErrorKind kind = NetLogErrorKind.Syntax, string path = "")
    {
        _error = Error(kind, at, reason, path);
        _isRecovering |= _stack.Depth > 0;
        while (_stack.Depth > 0)
        {
            if (_stack.Top.Draft is { } draft)
            {
                Release(draft);
            }

            _stack.Pop();
        }

        _enough = 0;
        Window.AdvanceOverLines(at);
        bool isNewValue = Window.Rest is [(byte)'{' or (byte)'[', ..] && Window.Line > _valueLine
            && Window.IsFirstOfLine;
        _isSkippingLine = !isNewValue;
        return NetLogParseStatus.Error;
    }

    /// <summary>
    /// Independent of how much of the value is buffered, so that the result does not depend on how the bytes arrive.
    /// </summary>
    private NetLogParseStatus FailTooLong() => Fail(
        0,
        string.Create(
            CultureInfo.InvariantCulture,
            $"a value is longer than {JsonWindow.MaxLength} bytes; no message has one like it."),
        NetLogErrorKind.TooLarge);

    private NetLogFormatException Error(NetLogErrorKind kind, int at, string reason, string path)
    {
        ReadOnlySpan<byte> before = Window.Rest[..at];
        int last = before.LastIndexOf((byte)'\n');
        return new NetLogFormatException(
            kind,
            inputName,
            Window.Line + before.Count((byte)'\n'),
            last < 0 ? Window.Column + at : at - last,
            _stack.Path() + path,
            reason);
    }
}
