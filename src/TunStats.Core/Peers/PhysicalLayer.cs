namespace TunStats.Peers;

/// <summary>Which layer below a tunnel to ask for peers and physical traffic.</summary>
public enum PhysicalLayer
{
    /// <summary>The first that the device has: WireGuard in the kernel, its socket, then tailscaled.</summary>
    Auto = 0,

    /// <summary>WireGuard, in the kernel or in a process.</summary>
    WireGuard,

    /// <summary>tailscaled.</summary>
    Tailscale,

    /// <summary>None.</summary>
    None,
}
