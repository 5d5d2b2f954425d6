namespace TunStats.Peers;

/// <summary>What told of peers.</summary>
public enum PeerSourceKind
{
    /// <summary>Nothing: there is no layer below the tunnel that can be asked.</summary>
    None = 0,

    /// <summary>WireGuard in the kernel, over generic netlink.</summary>
    KernelWireGuard,

    /// <summary>WireGuard in a process (wireguard-go, boringtun), over its configuration socket.</summary>
    UserspaceWireGuard,

    /// <summary>tailscaled, over its LocalAPI.</summary>
    Tailscale,
}
