namespace TunStats.Classes;

/// <summary>Why routes cannot be had.</summary>
public enum ClassifierErrorKind
{
    /// <summary>A text is no prefix and no address.</summary>
    InvalidPrefix,

    /// <summary>A route file has a line or a member that is none.</summary>
    InvalidRouteFile,

    /// <summary>A route file is not there.</summary>
    RouteFileNotFound,

    /// <summary>A route file cannot be read.</summary>
    RouteFileUnreadable,

    /// <summary>The device's own subnets were named as overlay, and no device, or one without a subnet.</summary>
    NoOwnSubnets,

    /// <summary>Nothing says which routes to classify by.</summary>
    NoRoutes,
}
