namespace TunStats.Net;

/// <summary>The names of addresses.</summary>
internal static class AddressName
{
    /// <summary>The most characters of a name that are kept; a DNS name has at most 253.</summary>
    internal const int MaxLength = 255;
}
