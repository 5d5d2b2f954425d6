namespace TunStats.Net;

/// <summary>The family of an address.</summary>
public enum IpFamily : byte
{
    /// <summary>No address at all; its text is empty.</summary>
    None = 0,

    /// <summary>IPv4, 32 bits.</summary>
    IPv4 = 4,

    /// <summary>IPv6, 128 bits, IPv4-mapped addresses included.</summary>
    IPv6 = 6,
}
