using System;
using TunStats.Net;
using TunStats.Peers;

namespace TunStats.Sessions;

/// <summary>
/// Where the names of addresses come from: the peers of all tunnels, then /etc/hosts, and DNS where it is asked for.
/// </summary>
public sealed record FlowNameOptions
{
    /// <summary>Whether addresses that have no other name are looked up in DNS (PTR).</summary>
    public bool UsesDns { get; init; }

    /// <summary>How long a window waits for answers of DNS; later windows have those that come later.</summary>
    public TimeSpan DnsLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where to look for peers.</summary>
    public PeerSourceOptions Peers { get; init; } = new();

    /// <summary>The file of names.</summary>
    internal string HostsPath { get; init; } = HostsFile.DefaultPath;

    /// <summary>Looks an address up, and waits for the answer; null for the system's resolver.</summary>
    internal Func<IpAddr, string?>? Lookup { get; init; }
}
