using System;

namespace TunStats.Peers;

/// <summary>Where to look for the peers of a tunnel.</summary>
internal sealed record PeerSourceOptions
{
    /// <summary>Which layer to ask.</summary>
    public PhysicalLayer Layer { get; init; } = PhysicalLayer.Auto;

    /// <summary>The socket of WireGuard's process or of tailscaled; null for the usual places.</summary>
    public string? SocketPath { get; init; }

    /// <summary>How long each question may take; 5 s by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where tailscaled's socket is when no path is given.</summary>
    internal string TailscalePath { get; init; } = TailscaleSource.DefaultPath;
}
