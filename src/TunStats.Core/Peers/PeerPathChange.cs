using System;
using System.Globalization;

namespace TunStats.Peers;

/// <summary>
/// A peer's path changed between two looks. Bytes since the earlier look are counted for the new path. Immutable.
/// </summary>
public sealed record PeerPathChange
{
    /// <summary>The time of the look that saw the new path, UTC.</summary>
    public DateTime Timestamp { get; init; }

    /// <summary>The tunnel device.</summary>
    public string Device { get; init; } = string.Empty;

    /// <summary>The peer's name; empty where it is not known.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>The peer's node id; empty where it is not known.</summary>
    public string NodeId { get; init; } = string.Empty;

    /// <summary>The peer's public key.</summary>
    public string PublicKey { get; init; } = string.Empty;

    /// <summary>How packets went before.</summary>
    public PeerPathKind PreviousPath { get; init; }

    /// <summary>The endpoint or relay before.</summary>
    public string PreviousVia { get; init; } = string.Empty;

    /// <summary>How packets go now.</summary>
    public PeerPathKind Path { get; init; }

    /// <summary>The endpoint or relay now.</summary>
    public string Via { get; init; } = string.Empty;

    /// <summary>Since when the previous path was in use, as far as it was looked at, UTC.</summary>
    public DateTime PreviousSince { get; init; }

    /// <summary>How long the previous path was in use.</summary>
    public TimeSpan PreviousDuration => Timestamp > PreviousSince ? Timestamp - PreviousSince : TimeSpan.Zero;

    /// <summary>Bytes received over the previous path.</summary>
    public ulong PreviousRxBytes { get; init; }

    /// <summary>Bytes sent over the previous path.</summary>
    public ulong PreviousTxBytes { get; init; }

    /// <summary>A sentence for the user.</summary>
    public override string ToString()
    {
        string peer = Name.Length > 0 ? Name : PublicKey;
        string before = $"{PreviousPath} {PreviousVia}".TrimEnd(), now = $"{Path} {Via}".TrimEnd();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The path to peer {peer} of {Device} changed from {before} to {now}, after "
            + $"{PreviousDuration.TotalSeconds:0} s with {PreviousRxBytes} bytes received and {PreviousTxBytes} sent.");
    }
}
