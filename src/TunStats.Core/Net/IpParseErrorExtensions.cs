namespace TunStats.Net;

/// <summary>Texts for <see cref="IpParseError"/>.</summary>
internal static class IpParseErrorExtensions
{
    /// <summary>The reason as a clause that follows "…: ", without a full stop.</summary>
    public static string Describe(this IpParseError error) => error switch
    {
        IpParseError.None => "nothing is wrong with it",
        IpParseError.Empty => "it is empty",
        IpParseError.NotAnAddress => "it is neither IPv4 (a.b.c.d) nor IPv6",
        IpParseError.UnexpectedCharacter => "it has a character that no address has",
        IpParseError.OctetLeadingZero => "an octet begins with 0; write it without the 0 (it could be read as octal)",
        IpParseError.OctetTooLarge => "an octet is above 255",
        IpParseError.OctetMissing => "an octet has no digit",
        IpParseError.TooFewOctets => "it has fewer than four octets; write all four",
        IpParseError.TooManyOctets => "it has more than four octets",
        IpParseError.GroupTooLong => "a group has more than four hexadecimal digits",
        IpParseError.GroupMissing => "a group between colons has no digit",
        IpParseError.TooFewGroups => "it has fewer than eight groups and no '::'",
        IpParseError.TooManyGroups => "something follows its eighth group",
        IpParseError.SecondEllipsis => "it has '::' more than once",
        IpParseError.EllipsisForNothing => "it has '::' beside all eight groups",
        IpParseError.EmbeddedIPv4Misplaced => "an IPv4 address can only be its last 32 bits",
        IpParseError.ZoneEmpty => "no zone follows its '%'",
        IpParseError.ZoneNotAllowed => "a zone ('%…') is only allowed after a single IPv6 address",
        IpParseError.PortMissing => "it has no port; write address:port or [address]:port",
        IpParseError.PortInvalid => "its port is not a number from 0 to 65535",
        IpParseError.BracketMissing => "its '[' has no ']'",
        IpParseError.BracketsAroundIPv4 => "square brackets are for IPv6 addresses only",
        IpParseError.BracketsNeeded => "an IPv6 address with a port needs square brackets: [address]:port",
        IpParseError.LengthMissing => "it has no length; write address/length",
        IpParseError.LengthInvalid => "its length after '/' is not a plain decimal number",
        IpParseError.LengthTooLarge => "its length is above 32 (IPv4) or 128 (IPv6)",
        _ => "it is not a valid address",
    };
}
