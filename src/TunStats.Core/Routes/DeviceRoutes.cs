using TunStats.Netlink;


namespace TunStats.Routes;

/// <summary>What the kernel has for one device at one instant. A snapshot: it never changes.</summary>
/// <param name="Name">The device's name.</param>
/// <param name="Index">Its index (ifi_index); 0 where there is no device of that name.</param>
/// <param name="Routes">Its addresses and the routes through it; empty where it is not there.</param>
/// <param name="Outcome">
/// <see cref="DumpOutcome.Interrupted"/> where routes kept changing while they were read, so that one may be missing.
/// </param>
public sealed record DeviceRoutes(string Name, int Index, RouteSet Routes, DumpOutcome Outcome)
{
    /// <summary>Whether there is such a device.</summary>
    public bool IsPresent => Index > 0;

    /// <summary>Name and number of prefixes.</summary>
    public override string ToString() => IsPresent
        ? $"{Name}: {Routes.Routes.Count} prefixes"
        : $"{Name}: not there";
}
