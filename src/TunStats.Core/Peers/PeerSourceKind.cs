namespace TunStats.Peers;

/// <summary>The kind of a source of peers.</summary>
public enum PeerSourceKind
{
    /// <summary>None: no layer below the tunnel reports peers.</summary>
    None = 0,

    /// <summary>WireGuard in the kernel, over generic netlink.</summary>
    KernelWireGuard,

    /// <summary>WireGuard in a process (wireguard-go, boringtun), over its configuration socket.</summary>
    UserspaceWireGuard,

    /// <summary>tailscaled, over its LocalAPI.</summary>
    Tailscale,
}
