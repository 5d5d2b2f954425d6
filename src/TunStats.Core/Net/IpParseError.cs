namespace TunStats.Net;

/// <summary>
/// Why a text is not a valid address, endpoint or prefix, by the rules of Go's net/netip.
/// </summary>
public enum IpParseError
{
    /// <summary>The text is valid.</summary>
    None = 0,

    /// <summary>The text is empty.</summary>
    Empty,

    /// <summary>Neither a dot nor a colon: no address of either family.</summary>
    NotAnAddress,

    /// <summary>A character that is not allowed there.</summary>
    UnexpectedCharacter,

    /// <summary>
    /// An octet of more than one digit begins with 0; rejected, because some programs read it as octal.
    /// </summary>
    OctetLeadingZero,

    /// <summary>An octet above 255.</summary>
    OctetTooLarge,

    /// <summary>An octet without a digit.</summary>
    OctetMissing,

    /// <summary>Fewer than four octets.</summary>
    TooFewOctets,

    /// <summary>More than four octets.</summary>
    TooManyOctets,

    /// <summary>An IPv6 group of more than four hexadecimal digits.</summary>
    GroupTooLong,

    /// <summary>An IPv6 group without a digit.</summary>
    GroupMissing,

    /// <summary>Fewer than eight groups and no <c>::</c>.</summary>
    TooFewGroups,

    /// <summary>Text after the eighth group.</summary>
    TooManyGroups,

    /// <summary>A second <c>::</c>.</summary>
    SecondEllipsis,

    /// <summary>A <c>::</c> beside eight groups.</summary>
    EllipsisForNothing,

    /// <summary>An IPv4 address inside an IPv6 address that is not its last 32 bits.</summary>
    EmbeddedIPv4Misplaced,

    /// <summary>A <c>%</c> with nothing after it.</summary>
    ZoneEmpty,

    /// <summary>A zone on an IPv4 address or on a prefix.</summary>
    ZoneNotAllowed,

    /// <summary>No port where one is needed.</summary>
    PortMissing,

    /// <summary>A port that is not a decimal number from 0 to 65535.</summary>
    PortInvalid,

    /// <summary><c>[</c> without its <c>]</c>.</summary>
    BracketMissing,

    /// <summary>An IPv4 address in square brackets.</summary>
    BracketsAroundIPv4,

    /// <summary>An IPv6 address with a port and without square brackets.</summary>
    BracketsNeeded,

    /// <summary>No <c>/</c> with a length where one is needed.</summary>
    LengthMissing,

    /// <summary>A prefix length that is not a plain decimal number.</summary>
    LengthInvalid,

    /// <summary>A prefix length above 32 (IPv4) or 128 (IPv6).</summary>
    LengthTooLarge,
}
