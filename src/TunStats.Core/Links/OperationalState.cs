namespace TunStats.Links;

/// <summary>
/// The operational state of an interface (RFC 2863; IF_OPER_* of linux/if.h). TUN devices stay at Unknown.
/// </summary>
public enum OperationalState
{
    /// <summary>Not reported by the driver.</summary>
    Unknown = 0,

    /// <summary>Hardware is missing.</summary>
    NotPresent = 1,

    /// <summary>Not ready.</summary>
    Down = 2,

    /// <summary>The layer below is not ready.</summary>
    LowerLayerDown = 3,

    /// <summary>Under test.</summary>
    Testing = 4,

    /// <summary>Waits for an outside event.</summary>
    Dormant = 5,

    /// <summary>Ready to carry packets.</summary>
    Up = 6,
}
