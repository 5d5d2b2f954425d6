namespace TunStats.Net;

/// <summary>The names of addresses.</summary>
internal static class AddressName
{
    /// <summary>The maximum length of a name in characters; a DNS name has at most 253.</summary>
    internal const int MaxLength = 255;
}
