using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// Reads the values inside a message. False if the text is not valid JSON or ends too early; what is valid
/// JSON but not as expected is recorded in the cursor, and reading continues.
/// </summary>
internal static class NetLogElements
{
    /// <summary>
    /// An object with a message's list at the place of an entry or a node: the line before was truncated.
    /// </summary>
    private const string CutOff =
        "expected an entry of a list, found a message; the message before it is truncated.";

    public static bool TryReadEntry(ref JsonCursor json, out ConnectionCounts entry)
    {
        entry = default;
        json.Peek();
        int start = json.At;
        if (!json.TryTake('{'))
        {
            return NetLogValues.IsSkipped(ref json, "an entry is an object with members such as src and txBytes.");
        }

        ulong proto = 0, txPackets = 0, txBytes = 0, rxPackets = 0, rxBytes = 0;
        AddrPort source = default, destination = default;
        int seen = 0;
        bool isFirst = true;
        while (json.NextMember(ref isFirst, out ReadOnlySpan<byte> name))
        {
            (int bit, string path) = EntryMember(name);
            if (bit != 0 && (seen & bit) != 0)
            {
                json.Note(json.At, "this member appears twice in its entry.", path);
            }

            seen |= bit;
            bool read = bit switch
            {
                1 => NetLogValues.ReadProtocol(ref json, path, out proto),
                2 => NetLogValues.ReadEndpoint(ref json, path, out source),
                4 => NetLogValues.ReadEndpoint(ref json, path, out destination),
                8 => NetLogValues.ReadCount(ref json, path, out txPackets),
                16 => NetLogValues.ReadCount(ref json, path, out txBytes),
                32 => NetLogValues.ReadCount(ref json, path, out rxPackets),
                64 => NetLogValues.ReadCount(ref json, path, out rxBytes),
                _ => (NetLogMembers.Find(name) & NetLogMember.Traffic) == 0
                    ? json.SkipValue()
                    : json.Fail(start, CutOff),
            };
            if (!read)
            {
                return false;
            }
        }

        entry = new ConnectionCounts(
            (byte)proto, source, destination, new FlowCounts(txPackets, txBytes, rxPackets, rxBytes));
        return !json.Error.IsAny;
    }

    public static bool TryReadNode(ref JsonCursor json, out NetLogNode? node)
    {
        node = null;
        json.Peek();
        int start = json.At;
        if (!json.TryTake('{'))
        {
            return json.TryTakeNull()
                || NetLogValues.IsSkipped(ref json, "a node is an object with members such as nodeId.");
        }

        string id = string.Empty, name = string.Empty, os = string.Empty, user = string.Empty;
        List<IpAddr> addresses = [];
        List<string> tags = [];
        bool isFirst = true;
        while (json.NextMember(ref isFirst, out ReadOnlySpan<byte> member))
        {
            bool read = member switch
            {
                _ when NetLogMembers.Is(member, "nodeId"u8) => NetLogValues.ReadText(ref json, ".nodeId", out id),
                _ when NetLogMembers.Is(member, "name"u8) => NetLogValues.ReadText(ref json, ".name", out name),
                _ when member.SequenceEqual("os"u8) || member.SequenceEqual("OS"u8) =>
                    NetLogValues.ReadText(ref json, ".os", out os),
                _ when NetLogMembers.Is(member, "user"u8) => NetLogValues.ReadText(ref json, ".user", out user),
                _ when NetLogMembers.Is(member, "addresses"u8) => ReadTexts(ref json, ".addresses", null, addresses),
                _ when NetLogMembers.Is(member, "tags"u8) => ReadTexts(ref json, ".tags", tags, null),
                _ => (NetLogMembers.Find(member) & NetLogMember.Traffic) == 0
                    ? json.SkipValue()
                    : json.Fail(start, CutOff),
            };
            if (!read)
            {
                return false;
            }
        }

        node = new NetLogNode
        {
            NodeId = id,
            Name = name,
            AddressValues = [.. addresses],
            OS = os,
            User = user,
            Tags = [.. tags],
        };
        return !json.Error.IsAny;
    }

    /// <summary>The uploader's envelope: the id of the log, and the time of upload.</summary>
    public static bool TryReadLogTail(ref JsonCursor json, out string id, out NanoTime? time)
    {
        id = string.Empty;
        time = null;
        json.Peek();
        if (!json.TryTake('{'))
        {
            return json.SkipValue();
        }

        bool isFirst = true;
        while (json.NextMember(ref isFirst, out ReadOnlySpan<byte> name))
        {
            bool read = name switch
            {
                _ when name.SequenceEqual("id"u8) => NetLogValues.ReadText(ref json, ".id", out id),
                _ when name.SequenceEqual("server_time"u8) =>
                    NetLogValues.TryReadTime(ref json, ".server_time", out time),
                _ => json.SkipValue(),
            };
            if (!read)
            {
                return false;
            }
        }

        return !json.Error.IsAny;
    }

    private static (int Bit, string Path) EntryMember(ReadOnlySpan<byte> name) => name.Length switch
    {
        5 when name.SequenceEqual("proto"u8) => (1, ".proto"),
        3 when NetLogMembers.Is(name, "src"u8) => (2, ".src"),
        3 when NetLogMembers.Is(name, "dst"u8) => (4, ".dst"),
        6 when name.SequenceEqual("txPkts"u8) => (8, ".txPkts"),
        7 when NetLogMembers.Is(name, "txBytes"u8) => (16, ".txBytes"),
        6 when name.SequenceEqual("rxPkts"u8) => (32, ".rxPkts"),
        7 when NetLogMembers.Is(name, "rxBytes"u8) => (64, ".rxBytes"),
        11 when name.SequenceEqual("ProtoNumber"u8) => (1, ".ProtoNumber"),
        9 when name.SequenceEqual("TxPackets"u8) => (8, ".TxPackets"),
        9 when name.SequenceEqual("RxPackets"u8) => (32, ".RxPackets"),
        _ => (0, string.Empty),
    };

    private static bool ReadTexts(ref JsonCursor json, string path, List<string>? texts, List<IpAddr>? addresses)
    {
        if (json.TryTakeNull())
        {
            return true;
        }

        int start = json.At;
        if (!json.TryTake('['))
        {
            json.Note(start, "expected a list of texts.", path);
            return json.SkipValue();
        }

        texts?.Clear();
        addresses?.Clear();
        bool isFirst = true;
        for (int i = 0; json.NextItem(ref isFirst); i++)
        {
            int at = json.At;
            bool hadProblem = json.Problem.IsAny;
            bool isText = NetLogValues.IsText(
                ref json, string.Empty, "a text in quotes", out ReadOnlySpan<byte> text, out bool failed);
            if (failed)
            {
                return false;
            }

            IpAddr address = default;
            if (isText && addresses is not null && !IpAddr.TryParse(text, out address, out IpParseError error))
            {
                json.Note(at, $"'{NetLogValues.Shown(text)}' is not a valid IP address: {error.Describe()}.", "");
            }
            else if (isText)
            {
                addresses?.Add(address);
                texts?.Add(Encoding.UTF8.GetString(text));
            }

            if (json.Problem.IsAny && !hadProblem)
            {
                json.SetProblemPath(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
            }
        }

        return !json.Error.IsAny;
    }
}
