using System;

namespace TunStats.NetLog;

/// <summary>Options for messages as text.</summary>
internal sealed record NetLogTextOptions
{
    /// <summary>How an address is shown if the message names its node.</summary>
    public NetLogAddressNames Names { get; init; }

    /// <summary>The zone of the times; UTC unless given.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>
    /// The maximum number of characters of a line; 0 for no limit. Where a connection does not fit, its ends have their
    /// own lines.
    /// </summary>
    public int MaxWidth { get; init; }

    /// <summary>The line end.</summary>
    public string LineEnd { get; init; } = "\n";

    /// <summary>
    /// Parses the kind of name: <c>id</c>, <c>name</c>, <c>user</c> and words like them, in any case, with or without
    /// <c>-</c>, <c>_</c> and blanks; empty for none.
    /// </summary>
    public static bool TryParseNames(ReadOnlySpan<char> text, out NetLogAddressNames names)
    {
        const int Longest = 9;
        Span<char> word = stackalloc char[Longest];
        int length = 0;
        names = NetLogAddressNames.None;
        foreach (char c in text)
        {
            if (c is '-' or '_' or ' ')
            {
                continue;
            }

            if (length == Longest)
            {
                return false;
            }

            word[length++] = char.ToLowerInvariant(c);
        }

        NetLogAddressNames? found = word[..length] switch
        {
            "" => NetLogAddressNames.None,
            "id" or "ids" or "nodeid" or "nodeids" => NetLogAddressNames.NodeId,
            "name" or "names" or "hostname" or "hostnames" => NetLogAddressNames.Name,
            "user" or "users" or "tag" or "tags" or "usertag" or "usertags" or "taguser" or "tagusers" =>
                NetLogAddressNames.User,
            _ => null,
        };
        names = found ?? NetLogAddressNames.None;
        return found is not null;
    }
}
