using System.Management.Automation;
using TunStats.Interop;
using TunStats.Netlink;

namespace TunStats.PowerShell.Errors;

/// <summary>The id and the category of every error of the core.</summary>
internal static class ErrorKinds
{
    /// <summary>The error's id, which scripts match: the kind's name, except where two kinds share an id.</summary>
    internal static string IdOf(ErrorKind kind) => kind switch
    {
        ErrorKind.NetlinkTruncated => nameof(ErrorKind.InvalidKernelReply),
        ErrorKind.NetlinkOverrun => nameof(ErrorKind.NetlinkFailed),
        ErrorKind.PeerReplyTooLong => nameof(ErrorKind.InvalidPeerReply),
        _ => kind.ToString(),
    };

    /// <summary>The category of an error.</summary>
    internal static ErrorCategory CategoryOf(TunStatsException error) => error.Kind switch
    {
        ErrorKind.NetlinkRefused => error is NetlinkException { Errno: Errno.EPERM or Errno.EACCES }
            ? ErrorCategory.PermissionDenied
            : ErrorCategory.InvalidOperation,
        ErrorKind.DeviceNotFound or ErrorKind.NetworkNamespaceNotFound or ErrorKind.MetricsDirectoryNotFound
            or ErrorKind.RouteFileNotFound or ErrorKind.PeerSocketNotFound => ErrorCategory.ObjectNotFound,
        ErrorKind.InvalidDeviceName or ErrorKind.NotANetworkNamespace or ErrorKind.InvalidMetricsPath
            or ErrorKind.MetricsPathIsDirectory or ErrorKind.InvalidMetricsEndpoint or ErrorKind.InvalidPrefix
            or ErrorKind.NoOwnSubnets or ErrorKind.NoRoutes or ErrorKind.NotAnIpDevice => ErrorCategory.InvalidArgument,
        ErrorKind.NetworkNamespaceUnreadable or ErrorKind.NetworkNamespaceDenied or ErrorKind.MetricsPathNotWritable
            or ErrorKind.MetricsEndpointDenied or ErrorKind.CaptureDenied or ErrorKind.ConntrackDenied
            or ErrorKind.PeersDenied => ErrorCategory.PermissionDenied,
        ErrorKind.InvalidKernelReply or ErrorKind.NetlinkTruncated or ErrorKind.InvalidRouteFile
            or ErrorKind.NotACapture or ErrorKind.DamagedCapture or ErrorKind.InvalidPeerReply
            or ErrorKind.PeerReplyTooLong => ErrorCategory.InvalidData,
        ErrorKind.NetlinkTimeout or ErrorKind.PeersTimeout => ErrorCategory.OperationTimeout,
        ErrorKind.KernelTooOld or ErrorKind.UnsupportedLinkType => ErrorCategory.NotImplemented,
        ErrorKind.NetworkNamespaceFailed or ErrorKind.MetricsEndpointFailed => ErrorCategory.OpenError,
        ErrorKind.ConntrackAccountingOff or ErrorKind.PeersRefused or ErrorKind.NotATerminal =>
            ErrorCategory.InvalidOperation,
        ErrorKind.CaptureOutOfMemory or ErrorKind.MetricsEndpointNotAvailable => ErrorCategory.ResourceUnavailable,
        ErrorKind.NotAMetricsFile or ErrorKind.NotAReport => ErrorCategory.ResourceExists,
        ErrorKind.MetricsEndpointInUse or ErrorKind.AlreadyLogged => ErrorCategory.ResourceBusy,
        ErrorKind.LogSinkFailed => ErrorCategory.OpenError,
        ErrorKind.MetricsEndpointNotLoopback => ErrorCategory.SecurityError,
        ErrorKind.MetricsFileFailed => ErrorCategory.WriteError,
        ErrorKind.ConntrackUnavailable => ErrorCategory.NotInstalled,
        _ => ErrorCategory.ReadError,
    };

    /// <summary>Whether an error is about a metrics file.</summary>
    internal static bool IsOfMetricsFile(ErrorKind kind) => kind
        is ErrorKind.InvalidMetricsPath or ErrorKind.MetricsDirectoryNotFound or ErrorKind.MetricsPathNotWritable
            or ErrorKind.MetricsPathIsDirectory or ErrorKind.NotAMetricsFile or ErrorKind.MetricsFileFailed;
}
