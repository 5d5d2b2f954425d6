using System.Collections.Generic;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>Where a classifier's routes and overlay ranges come from, as users name them.</summary>
public sealed record ClassifierOptions
{
    /// <summary>The word that stands for the devices' own subnets among <see cref="Overlay"/>.</summary>
    public const string OwnSubnets = "Device";

    /// <summary>
    /// Names and wildcards of the devices whose addresses and routes the kernel is asked for; a wildcard stands for the
    /// devices that are there when the routes are first read.
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

    /// <summary>The known nodes, such as those of a tunnel's peers; null where none are.</summary>
    public NodeMap? Nodes { get; init; }

    /// <summary>What the tunnel carries by its nodes.</summary>
    public RouteSet? NodeRoutes { get; init; }

    /// <summary>
    /// The overlay's ranges as prefixes, or <see cref="OwnSubnets"/>; Tailscale's where there are none.
    /// </summary>
    public IReadOnlyList<string> Overlay { get; init; } = [];

    /// <summary>Whether anything says what the tunnel carries.</summary>
    public bool IsEmpty =>
        Devices.Count + LocalAddresses.Count + Routes.Count + RouteFiles.Count + Overlay.Count == 0
        && Nodes is null;
}
