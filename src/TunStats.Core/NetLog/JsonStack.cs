using System;
using System.Globalization;
using System.Text;
using TunStats.IO;

namespace TunStats.NetLog;

/// <summary>The role of an open list or object.</summary>
internal enum JsonFrameKind : byte
{
    Object,
    Array,
    Entries,
    Nodes,
}

/// <summary>The position within an open list or object.</summary>
internal enum JsonFrameState : byte
{
    /// <summary>After its opening: a name or a value, or its end.</summary>
    First,

    /// <summary>After a comma: a name or a value.</summary>
    Next,

    /// <summary>After a name: the colon.</summary>
    Colon,

    /// <summary>After the colon: the value; also while the value is an open list or object.</summary>
    Value,

    /// <summary>Inside a string that is skipped.</summary>
    InString,

    /// <summary>After a value: a comma, or its end.</summary>
    After,
}

/// <summary>An open list or object.</summary>
internal struct JsonFrame
{
    public JsonFrameKind Kind;
    public JsonFrameState State;
    public NetLogMember Member;
    public long Index;
    public int NameStart;
    public int NameLength;
    public bool IsNameCut;
    public NetLogDraft? Draft;
}

/// <summary>The open lists and objects, from the outermost to the innermost, and the path to the next value.</summary>
internal sealed class JsonStack(int maxDepth)
{
    private const int MaxNameLength = 64;

    private JsonFrame[] _frames = new JsonFrame[Math.Min(maxDepth, 8)];
    private byte[] _names = new byte[256];

    public int Depth { get; private set; }

    public bool IsFull => Depth == maxDepth;

    public ref JsonFrame Top => ref _frames[Depth - 1];

    /// <summary>The frame below the top.</summary>
    public ref JsonFrame Outer => ref _frames[Depth - 2];

    /// <summary>Pushes a frame; references to others become invalid.</summary>
    public void Push(JsonFrameKind kind)
    {
        if (Depth == _frames.Length)
        {
            Array.Resize(ref _frames, Math.Min(Depth * 2, maxDepth));
        }

        int names = Depth == 0 ? 0 : Top.NameStart + Top.NameLength;
        _frames[Depth++] = new JsonFrame { Kind = kind, NameStart = names };
    }

    public void Pop() => _frames[--Depth].Draft = null;

    /// <summary>The innermost object that numbers messages; null if none does.</summary>
    public NetLogDraft? FindNumbered()
    {
        for (int i = Depth - 1; i >= 0; i--)
        {
            if (_frames[i].Draft is { Sequence: not null } draft)
            {
                return draft;
            }
        }

        return null;
    }

    /// <summary>Keeps a member's name for paths, or the beginning of a long one.</summary>
    public void SetName(ReadOnlySpan<byte> name)
    {
        ref JsonFrame top = ref Top;
        top.IsNameCut = name.Length > MaxNameLength;
        top.NameLength = Math.Min(name.Length, MaxNameLength);
        if (top.NameStart + top.NameLength > _names.Length)
        {
            Array.Resize(ref _names, Math.Max(_names.Length * 2, top.NameStart + MaxNameLength));
        }

        name[..top.NameLength].CopyTo(_names.AsSpan(top.NameStart));
    }

    /// <summary>The path to the next value (RFC 9535).</summary>
    public string Path()
    {
        StringBuilder path = new("$");
        for (int i = 0; i < Depth; i++)
        {
            ref JsonFrame frame = ref _frames[i];
            bool isOuter = i < Depth - 1;
            if (frame.Kind != JsonFrameKind.Object)
            {
                if (isOuter || frame.State != JsonFrameState.After)
                {
                    path.Append(CultureInfo.InvariantCulture, $"[{frame.Index}]");
                }
            }
            else if (isOuter
                || frame.State is JsonFrameState.Colon or JsonFrameState.Value or JsonFrameState.InString)
            {
                Append(path, _names.AsSpan(frame.NameStart, frame.NameLength), frame.IsNameCut);
            }
        }

        return PrintableText.Escape(path.ToString());
    }

    private static void Append(StringBuilder path, ReadOnlySpan<byte> name, bool isCut)
    {
        bool isPlain = !isCut && !name.IsEmpty;
        foreach (byte c in name)
        {
            isPlain &= char.IsAsciiLetterOrDigit((char)c) || c is (byte)'_';
        }

        if (isPlain)
        {
            path.Append('.').Append(Encoding.ASCII.GetString(name));
            return;
        }

        path.Append("['");
        foreach (char c in Encoding.UTF8.GetString(name))
        {
            _ = c switch
            {
                '\'' or '\\' => path.Append('\\').Append(c),
                _ when char.IsControl(c) => path.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => path.Append(c),
            };
        }

        path.Append(isCut ? "…']" : "']");
    }
}
