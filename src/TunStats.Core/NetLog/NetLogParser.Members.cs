using System;
using System.Globalization;
using TunStats.Classes;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>The members of a message.</summary>
internal sealed partial class NetLogParser
{
    /// <summary>The usual maximum length of an entry in bytes, even over many lines.</summary>
    private const int UsualEntryLength = 1024;

    private NetLogParseStatus StepMember(ref JsonFrame top, int c)
    {
        bool isList = (top.Member & (NetLogMember.Traffic | NetLogMember.DstNodes)) != 0;
        if (isList && c == '[')
        {
            return Open(top.Member == NetLogMember.DstNodes ? JsonFrameKind.Nodes : JsonFrameKind.Entries);
        }

        if (isList && c >= 0 && c != 'n')
        {
            top.Draft!.Error ??= Error(NetLogErrorKind.Value, 0, "expected a list.", "");
        }

        bool isForeign = (top.Member == NetLogMember.LoggerId && c != '"')
            || (top.Member == NetLogMember.Sequence && !char.IsAsciiDigit((char)c));
        return isList || isForeign || top.Member == NetLogMember.Other ? StepValue(ref top, c) : StepSimple(ref top);
    }

    /// <summary>A member that is read in one piece.</summary>
    private NetLogParseStatus StepSimple(ref JsonFrame top)
    {
        NetLogDraft draft = top.Draft!;
        JsonCursor json = Cursor(out bool isTooShort);
        if (isTooShort || !Read(ref json, draft, top.Member))
        {
            return MoreOrFail(ref json);
        }

        Check(ref json, draft);
        top.State = JsonFrameState.After;
        if (top.Member is NetLogMember.NodeId or NetLogMember.SrcNode or NetLogMember.LogTail or NetLogMember.LogId
            or NetLogMember.LoggerId)
        {
            Count(draft, draft.CountJson(json.At));
        }

        return Done(json.At);
    }

    private static bool Read(ref JsonCursor json, NetLogDraft draft, NetLogMember member)
    {
        NanoTime? time;
        bool read;
        switch (member)
        {
            case NetLogMember.Start:
                read = NetLogValues.TryReadTime(ref json, "", out time);
                draft.Start = time;
                return read;
            case NetLogMember.End:
                read = NetLogValues.TryReadTime(ref json, "", out time);
                draft.End = time;
                return read;
            case NetLogMember.Logged:
                read = NetLogValues.TryReadTime(ref json, "", out time);
                draft.Logged = time;
                return read;
            case NetLogMember.LogId:
                read = NetLogValues.ReadText(ref json, "", out string logId);
                draft.LogId = logId;
                return read;
            case NetLogMember.LoggerId:
                read = NetLogValues.ReadText(ref json, "", out string loggerId);
                draft.LoggerId = loggerId;
                return read;
            case NetLogMember.Sequence:
                read = json.ReadNumber(out ReadOnlySpan<byte> number);
                draft.Sequence = read
                    && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
                        ? sequence
                        : null;
                return read;
            case NetLogMember.NodeId:
                read = NetLogValues.ReadText(ref json, "", out string id);
                draft.NodeId = id;
                return read;
            case NetLogMember.LogTail:
                read = NetLogElements.TryReadLogTail(ref json, out string tailId, out time);
                (draft.LogId, draft.LogTailTime) = (tailId, time);
                return read;
            default:
                read = NetLogElements.TryReadNode(ref json, out NetLogNode? node);
                draft.SrcNode = node;
                return read;
        }
    }

    /// <summary>The message that the top frame's list belongs to.</summary>
    private NetLogDraft Owner() => _stack.Outer.Draft!;

    private NetLogParseStatus StepNode(ref JsonFrame top)
    {
        JsonCursor json = Cursor(out bool isTooShort);
        if (isTooShort || !NetLogElements.TryReadNode(ref json, out NetLogNode? node))
        {
            return MoreOrFail(ref json);
        }

        NetLogDraft draft = Owner();
        Check(ref json, draft);
        if (draft.Error is null && node is not null)
        {
            draft.Add(node);
            Count(draft, draft.CountJson(json.At));
        }

        top.State = JsonFrameState.After;
        return Done(json.At);
    }

    private unsafe NetLogParseStatus StepEntries(ref JsonFrame top)
    {
        NetLogDraft draft = Owner();
        NetLogDraft.Entries list = draft.List(_stack.Outer.Member.Class());
        int before = list.Count;
        bool isOdd = draft.Error is not null;
        if (!isOdd)
        {
            fixed (byte* start = Window.Buffer)
            {
                byte* at = start + Window.At;
                byte* end = start + Window.End;
                isOdd = ReadPlain(ref at, end, list, MaxCount(list), ref top);
                Window.Advance((int)(at - (start + Window.At)));
            }

            Count(draft, draft.CountEntries(list.Count - before));
        }

        return isOdd ? StepOddEntry(ref top, draft, list) : NetLogParseStatus.Continue;
    }

    /// <summary>
    /// Reads entries in the usual layout with commas between them; false at the end of the list.
    /// </summary>
    private static unsafe bool ReadPlain(
        ref byte* at, byte* end, NetLogDraft.Entries list, int maxCount, ref JsonFrame top)
    {
        ConnectionCounts[] entries = list.WithRoom();
        while (true)
        {
            byte* next = at < end ? JsonEntryParser.TryRead(at, ref entries[list.Count]) : null;
            if (next == null || next > end)
            {
                return true;
            }

            at = next;
            if (++list.Count == entries.Length)
            {
                entries = list.WithRoom();
            }

            if (list.Count == maxCount || at + 1 >= end || at[0] != ',' || at[1] != '{')
            {
                top.State = JsonFrameState.After;
                return false;
            }

            at++;
            top.Index++;
            top.State = JsonFrameState.Next;
        }
    }

    /// <summary>
    /// The length of the list at which the message exceeds its memory limit: reading stops there, however many entries
    /// are buffered.
    /// </summary>
    private int MaxCount(NetLogDraft.Entries list) => (int)Math.Min(
        list.Count + 1 + (Math.Max(options.MaxMessageMemory - _memory, 0) / NetLogDraft.EntryMemory), int.MaxValue);

    private NetLogParseStatus StepOddEntry(ref JsonFrame top, NetLogDraft draft, NetLogDraft.Entries list)
    {
        JsonCursor json = Cursor(out bool isTooShort);
        if (isTooShort || !NetLogElements.TryReadEntry(ref json, out ConnectionCounts entry))
        {
            return MoreOrFail(ref json);
        }

        Check(ref json, draft);
        if (draft.Error is null)
        {
            list.WithRoom()[list.Count++] = entry;
            Count(draft, draft.CountEntries(1));
            if (json.At > UsualEntryLength)
            {
                // The zone of an address may have any length.
                Count(draft, draft.CountJson(json.At));
            }
        }

        top.State = JsonFrameState.After;
        return Done(json.At);
    }

    /// <summary>Stores the problem of a cursor.</summary>
    private void Check(ref JsonCursor json, NetLogDraft draft)
    {
        if (json.Problem is { IsAny: true } problem)
        {
            draft.Error ??= Error(problem.Kind, problem.At, problem.Reason, problem.Path);
        }
    }

    /// <summary>Counts memory; a message beyond the limit is dropped at once.</summary>
    private void Count(NetLogDraft draft, int memory)
    {
        _memory += memory;
        if (_memory <= options.MaxMessageMemory)
        {
            return;
        }

        draft.Error ??= Error(
            NetLogErrorKind.TooLarge,
            0,
            string.Create(
                CultureInfo.InvariantCulture,
                $"the message takes more than {options.MaxMessageMemory} bytes of memory; it is skipped."),
            "");
        _memory -= draft.Memory;
        draft.DropLists();
    }
}
