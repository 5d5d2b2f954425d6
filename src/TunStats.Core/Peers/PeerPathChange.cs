using System;
using System.Globalization;

namespace TunStats.Peers;

/// <summary>
/// A change of a peer's path between two readings. Bytes since the earlier reading count for the new path. Immutable.
/// </summary>
public sealed record PeerPathChange
{
    /// <summary>The time of the reading that found the new path, UTC.</summary>
    public DateTime Timestamp { get; init; }

    /// <summary>The tunnel device.</summary>
    public string Device { get; init; } = string.Empty;

    /// <summary>The peer's name; empty if unknown.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>The peer's node id; empty if unknown.</summary>
    public string NodeId { get; init; } = string.Empty;

    /// <summary>The peer's public key.</summary>
    public string PublicKey { get; init; } = string.Empty;

    /// <summary>The previous kind of path.</summary>
    public PeerPathKind PreviousPath { get; init; }

    /// <summary>The previous endpoint or relay.</summary>
    public string PreviousVia { get; init; } = string.Empty;

    /// <summary>The current kind of path.</summary>
    public PeerPathKind Path { get; init; }

    /// <summary>The current endpoint or relay.</summary>
    public string Via { get; init; } = string.Empty;

    /// <summary>When the previous path was first found in use, UTC.</summary>
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
