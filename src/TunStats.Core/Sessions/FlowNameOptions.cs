using System;
using TunStats.Net;
using TunStats.Peers;

namespace TunStats.Sessions;

/// <summary>
/// The sources of names for addresses: the peers of all tunnels, then /etc/hosts, then DNS if requested.
/// </summary>
internal sealed record FlowNameOptions
{
    /// <summary>Whether to look up addresses without another name in DNS (PTR).</summary>
    public bool UsesDns { get; init; }

    /// <summary>How long a window waits for DNS; later answers appear in later windows.</summary>
    public TimeSpan DnsLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where to look for peers.</summary>
    public PeerSourceOptions Peers { get; init; } = new();

    /// <summary>The file of names.</summary>
    internal string HostsPath { get; init; } = HostsFile.DefaultPath;

    /// <summary>Looks up an address and blocks until it is answered; null for the system's resolver.</summary>
    internal Func<IpAddr, string?>? Lookup { get; init; }
}
