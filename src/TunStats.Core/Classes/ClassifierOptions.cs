using System.Collections.Generic;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>Where a classifier's routes and overlay ranges come from, as given by users.</summary>
internal sealed record ClassifierOptions
{
    /// <summary>The word for the devices' own subnets in <see cref="Overlay"/>.</summary>
    public const string OwnSubnets = "Device";

    /// <summary>
    /// Names and wildcards of the devices whose addresses and routes are read from the kernel; a wildcard matches the
    /// devices that exist when the routes are first read.
    /// </summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>The devices' network namespace: a name, a path or a process id; null for the own.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>Addresses, or prefixes, of this node in the tunnel.</summary>
    public IReadOnlyList<string> LocalAddresses { get; init; } = [];

    /// <summary>Prefixes that the tunnel carries.</summary>
    public IReadOnlyList<string> Routes { get; init; } = [];

    /// <summary>Paths of route files, as text or JSON.</summary>
    public IReadOnlyList<string> RouteFiles { get; init; } = [];

    /// <summary>The known nodes, such as a tunnel's peers; null if unknown.</summary>
    public NodeMap? Nodes { get; init; }

    /// <summary>The routes of the nodes.</summary>
    public RouteSet? NodeRoutes { get; init; }

    /// <summary>
    /// The overlay's ranges as prefixes, or <see cref="OwnSubnets"/>; by default Tailscale's.
    /// </summary>
    public IReadOnlyList<string> Overlay { get; init; } = [];

    /// <summary>Whether any routes are given.</summary>
    public bool IsEmpty =>
        Devices.Count + LocalAddresses.Count + Routes.Count + RouteFiles.Count + Overlay.Count == 0
        && Nodes is null;
}
