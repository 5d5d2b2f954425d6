using System;
using System.Collections.Generic;

namespace TunStats.NetLog;

/// <summary>
/// Reads messages from a window that the caller fills: consecutive values, messages nested in any envelope. It keeps
/// its position on its own stack, so it can stop wherever the text ends and continue when there is more. After an error
/// it continues at the next line.
/// </summary>
internal sealed partial class NetLogParser(string inputName, NetLogReaderOptions options)
{
    /// <summary>A value of this length is retried at every new byte, a longer one less often.</summary>
    private const int EagerLength = 16 * 1024;

    /// <summary>Messages are rarely nested in each other, so few drafts are kept for reuse.</summary>
    private const int MaxDrafts = 4;

    private readonly JsonStack _stack = new(options.MaxDepth);
    private readonly Stack<NetLogDraft> _drafts = [];
    private NetLogMessage? _message;
    private NetLogFormatException? _error;
    private long _memory;
    private long _valueLine;
    private long _valueColumn;
    private int _enough;
    private bool _isKnown;
    private bool _isSkippingLine;
    private bool _isRecovering;

    public JsonWindow Window { get; } = new();

    /// <summary>Parses until there is a message, an error, or no more text in the window.</summary>
    public NetLogParseStatus Next(out NetLogMessage? message, out NetLogFormatException? error)
    {
        NetLogParseStatus status;
        do
        {
            status = _isSkippingLine ? SkipLine() : _stack.Depth == 0 ? StepTop() : Step();
            if (status == NetLogParseStatus.NeedMore && Window.IsFull)
            {
                status = FailTooLong();
            }
        }
        while (status == NetLogParseStatus.Continue);

        (message, error) = (_message, _error);
        (_message, _error) = (null, null);
        return status;
    }

    /// <summary>Between values.</summary>
    private NetLogParseStatus StepTop()
    {
        int c = Window.SkipWhitespace();
        switch (c)
        {
            case -1:
                return Window.IsFinal ? NetLogParseStatus.End : NetLogParseStatus.NeedMore;
            case '{' or '[':
                // The remaining lines of a broken value are indented.
                _isRecovering &= Window.Column != 1;
                (_valueLine, _valueColumn) = (Window.Line, Window.Column);
                _isKnown = false;
                Window.Advance(1);
                _stack.Push(c == '{' ? JsonFrameKind.Object : JsonFrameKind.Array);
                return NetLogParseStatus.Continue;
            case ',' or ']' or '}' or ':' when _isRecovering:
                Window.Advance(1);
                return NetLogParseStatus.Continue;
            case '"' or '-' or 't' or 'f' or 'n' or (>= '0' and <= '9') when _isRecovering:
                _isSkippingLine = true;
                return NetLogParseStatus.Continue;
            case 0xef when Window.Rest.Length < 3 && !Window.IsFinal:
                return NetLogParseStatus.NeedMore;
            case 0xef when Window.TrySkipByteOrderMark():
                return NetLogParseStatus.Continue;
            default:
                (_valueLine, _valueColumn) = (Window.Line, Window.Column);
                return Fail(0, JsonCursor.Expected("a JSON object or list", c));
        }
    }

    private NetLogParseStatus Step()
    {
        ref JsonFrame top = ref _stack.Top;
        if (top.State == JsonFrameState.InString)
        {
            return StepString(ref top);
        }

        int c = Window.SkipWhitespace();
        if (c < 0 && !Window.IsFinal)
        {
            return NetLogParseStatus.NeedMore;
        }

        switch (top.State)
        {
            case JsonFrameState.After when c == ',':
                Window.Advance(1);
                top.Index++;
                top.State = JsonFrameState.Next;
                return NetLogParseStatus.Continue;
            case JsonFrameState.After or JsonFrameState.First
                when c == (top.Kind == JsonFrameKind.Object ? '}' : ']'):
                Window.Advance(1);
                return Close(ref top);
            case JsonFrameState.After:
                return Fail(0, JsonCursor.Expected(top.Kind == JsonFrameKind.Object ? "',' or '}'" : "',' or ']'", c));
            case JsonFrameState.Colon when c == ':':
                Window.Advance(1);
                top.State = JsonFrameState.Value;
                return NetLogParseStatus.Continue;
            case JsonFrameState.Colon:
                return Fail(0, JsonCursor.Expected("':' after a member's name", c));
        }

        return top.Kind switch
        {
            JsonFrameKind.Entries => StepEntries(ref top),
            JsonFrameKind.Nodes => StepNode(ref top),
            JsonFrameKind.Array => StepValue(ref top, c),
            _ when top.State == JsonFrameState.Value => StepMember(ref top, c),
            _ => StepName(ref top, c),
        };
    }

    private NetLogParseStatus StepName(ref JsonFrame top, int c)
    {
        if (c != '"')
        {
            return Fail(0, JsonCursor.Expected("a member's name in quotes", c));
        }

        JsonCursor json = Cursor(out bool isTooShort);
        if (isTooShort || !json.ReadString(out ReadOnlySpan<byte> name))
        {
            return MoreOrFail(ref json);
        }

        _stack.SetName(name);
        top.Member = NetLogMembers.Find(name);
        top.State = JsonFrameState.Colon;
        _isKnown |= name.SequenceEqual("logs"u8);
        if (top.Member != NetLogMember.Other)
        {
            // Many PowerShell objects have a property Start; only lists of traffic make a message.
            bool isNumber = (top.Member & NetLogMember.Number) != 0;
            _isKnown |= !isNumber
                && (char.IsAsciiLetterLower((char)name[0]) || (top.Member & NetLogMember.Traffic) != 0);
            NetLogDraft draft = top.Draft ??= _drafts.TryPop(out NetLogDraft? used) ? used : new NetLogDraft();
            if ((draft.Seen & top.Member) != 0 && !isNumber)
            {
                draft.Error ??= Error(NetLogErrorKind.Value, 0, "this member appears twice in its object.", "");
            }

            draft.Seen |= top.Member;
        }

        return Done(json.At);
    }

    /// <summary>An item of a list, or an unknown member: it may contain messages.</summary>
    private NetLogParseStatus StepValue(ref JsonFrame top, int c)
    {
        switch (c)
        {
            case '{' or '[':
                return Open(c == '{' ? JsonFrameKind.Object : JsonFrameKind.Array);
            case '"':
                Window.Advance(1);
                top.State = JsonFrameState.InString;
                return NetLogParseStatus.Continue;
            default:
                JsonCursor json = Cursor(out bool isTooShort);
                if (isTooShort || !json.SkipScalar())
                {
                    return MoreOrFail(ref json);
                }

                top.State = JsonFrameState.After;
                return Done(json.At);
        }
    }

    private NetLogParseStatus StepString(ref JsonFrame top)
    {
        JsonCursor json = new(Window.Rest, Window.IsFinal, options.MaxDepth);
        if (json.SkipRestOfString())
        {
            top.State = JsonFrameState.After;
            return Done(json.At);
        }

        if (!json.NeedsMore)
        {
            return Fail(json.Error);
        }

        // A string of any length is skipped as it arrives.
        Window.Advance(json.At);
        return NetLogParseStatus.NeedMore;
    }

    private NetLogParseStatus Open(JsonFrameKind kind)
    {
        if (_stack.IsFull)
        {
            return Fail(0, JsonCursor.TooDeep(options.MaxDepth), NetLogErrorKind.TooDeep);
        }

        Window.Advance(1);
        _stack.Push(kind);
        return NetLogParseStatus.Continue;
    }

    private NetLogParseStatus Close(ref JsonFrame top)
    {
        NetLogParseStatus status = NetLogParseStatus.Continue;
        if (top.Draft is { } draft)
        {
            if (draft.IsMessage)
            {
                _error = draft.Error;
                _message = _error is null ? draft.ToMessage(_stack.FindNumbered()) : null;
                status = _error is null ? NetLogParseStatus.Message : NetLogParseStatus.Error;
            }

            Release(draft);
        }

        bool isEmptyList = top.Kind == JsonFrameKind.Array && top.State == JsonFrameState.First;
        _stack.Pop();
        if (_stack.Depth > 0)
        {
            _stack.Top.State = JsonFrameState.After;
        }
        else if (!_isKnown && !_isRecovering && !isEmptyList)
        {
            _error = new NetLogFormatException(
                NetLogErrorKind.NoMessage,
                inputName,
                _valueLine,
                _valueColumn,
                "$",
                "there is no network log message in this JSON: no object in it has a member virtualTraffic, "
                    + "subnetTraffic, exitTraffic or physicalTraffic.");
            status = NetLogParseStatus.Error;
        }

        return status;
    }

    private void Release(NetLogDraft draft)
    {
        _memory -= draft.Memory;
        draft.Clear();
        if (_drafts.Count < MaxDrafts)
        {
            _drafts.Push(draft);
        }
    }

    /// <summary>
    /// The buffered text for a value; empty if it was too short before and is hardly longer now.
    /// </summary>
    private JsonCursor Cursor(out bool isTooShort)
    {
        ReadOnlySpan<byte> rest = Window.Rest;
        isTooShort = rest.Length < _enough && !Window.IsFinal && !Window.IsFull;
        return new JsonCursor(rest, Window.IsFinal, options.MaxDepth);
    }

    private NetLogParseStatus Done(int length)
    {
        if (length > JsonWindow.MaxLength)
        {
            return FailTooLong();
        }

        _enough = 0;
        Window.AdvanceOverLines(length);
        return NetLogParseStatus.Continue;
    }

    private NetLogParseStatus MoreOrFail(ref JsonCursor json)
    {
        if (json.Error.IsAny && !json.NeedsMore)
        {
            return json.Error.At > JsonWindow.MaxLength ? FailTooLong() : Fail(json.Error);
        }

        int length = Window.Rest.Length;
        _enough = length < EagerLength ? 0 : Math.Max(_enough, length + (length / 4));
        return NetLogParseStatus.NeedMore;
    }
}
