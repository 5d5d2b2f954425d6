namespace TunStats.Interop;

/// <summary>
/// What went wrong. The module's error ids are these names, except for four that share another kind's id.
/// </summary>
public enum ErrorKind
{
    /// <summary>There is no such interface in the namespace (ENODEV).</summary>
    DeviceNotFound,

    /// <summary>The text cannot be an interface's name.</summary>
    InvalidDeviceName,

    /// <summary>The kernel does not know RTM_GETSTATS: it is older than 4.7.</summary>
    KernelTooOld,

    /// <summary>The kernel's answer violates the protocol or is incomplete.</summary>
    InvalidKernelReply,

    /// <summary>A datagram over netlink was larger than the receive buffer; it was truncated.</summary>
    NetlinkTruncated,

    /// <summary>The kernel answered with an error number.</summary>
    NetlinkRefused,

    /// <summary>A system call on a netlink socket failed.</summary>
    NetlinkFailed,

    /// <summary>The kernel dropped messages for this socket (ENOBUFS): the state must be read again.</summary>
    NetlinkOverrun,

    /// <summary>The kernel did not answer within the time limit.</summary>
    NetlinkTimeout,

    /// <summary>There is no network namespace with this name, path or process id.</summary>
    NetworkNamespaceNotFound,

    /// <summary>The file of a network namespace cannot be read: permission denied.</summary>
    NetworkNamespaceUnreadable,

    /// <summary>The file is not a network namespace.</summary>
    NotANetworkNamespace,

    /// <summary>The process may not enter the namespace (CAP_SYS_ADMIN is needed there and here).</summary>
    NetworkNamespaceDenied,

    /// <summary>A system call on a network namespace failed for another reason.</summary>
    NetworkNamespaceFailed,

    /// <summary>The text is not a valid path for a metrics file.</summary>
    InvalidMetricsPath,

    /// <summary>The directory of a metrics file does not exist.</summary>
    MetricsDirectoryNotFound,

    /// <summary>The directory of a metrics file may not be written to.</summary>
    MetricsPathNotWritable,

    /// <summary>The path of a metrics file is a directory.</summary>
    MetricsPathIsDirectory,

    /// <summary>The path holds something other than a metrics file of this program.</summary>
    NotAMetricsFile,

    /// <summary>A metrics file cannot be written for another reason.</summary>
    MetricsFileFailed,

    /// <summary>The text is not an address with a port.</summary>
    InvalidMetricsEndpoint,

    /// <summary>Other machines could reach the address, which was not allowed.</summary>
    MetricsEndpointNotLoopback,

    /// <summary>Another program listens at the address.</summary>
    MetricsEndpointInUse,

    /// <summary>This machine does not have the address.</summary>
    MetricsEndpointNotAvailable,

    /// <summary>This user may not listen on the address.</summary>
    MetricsEndpointDenied,

    /// <summary>The endpoint's socket failed for another reason.</summary>
    MetricsEndpointFailed,

    /// <summary>The text is neither a prefix nor an address.</summary>
    InvalidPrefix,

    /// <summary>A line or member of a route file is not a valid route.</summary>
    InvalidRouteFile,

    /// <summary>A route file does not exist.</summary>
    RouteFileNotFound,

    /// <summary>A route file cannot be read.</summary>
    RouteFileUnreadable,

    /// <summary>The overlay is to be the device's own subnets, but there is no device or it has no subnet.</summary>
    NoOwnSubnets,

    /// <summary>No routes were given to classify by.</summary>
    NoRoutes,

    /// <summary>The process lacks CAP_NET_RAW.</summary>
    CaptureDenied,

    /// <summary>The kernel has no memory for the packet ring.</summary>
    CaptureOutOfMemory,

    /// <summary>A device of this kind carries no IP packets.</summary>
    NotAnIpDevice,

    /// <summary>Packets cannot be captured for another reason.</summary>
    CaptureFailed,

    /// <summary>The file is neither pcap nor pcapng.</summary>
    NotACapture,

    /// <summary>A capture file is damaged.</summary>
    DamagedCapture,

    /// <summary>The packets of a capture file have an unsupported link type.</summary>
    UnsupportedLinkType,

    /// <summary>The kernel does not count packets per connection (nf_conntrack_acct is 0).</summary>
    ConntrackAccountingOff,

    /// <summary>The process may not read the connection table, or may not turn accounting on (CAP_NET_ADMIN).</summary>
    ConntrackDenied,

    /// <summary>This kernel has no connection tracking, or no netlink interface to it.</summary>
    ConntrackUnavailable,

    /// <summary>Connection tracking cannot be read for another reason.</summary>
    ConntrackFailed,

    /// <summary>Nothing listens on the socket of WireGuard or tailscaled.</summary>
    PeerSocketNotFound,

    /// <summary>The process may not read the peers.</summary>
    PeersDenied,

    /// <summary>The answer about peers did not arrive completely within the time limit.</summary>
    PeersTimeout,

    /// <summary>WireGuard or tailscaled answered with an error.</summary>
    PeersRefused,

    /// <summary>The answer about peers does not follow the protocol, or is truncated.</summary>
    InvalidPeerReply,

    /// <summary>The answer about peers is longer than the limit.</summary>
    PeerReplyTooLong,

    /// <summary>Peers cannot be read for another reason.</summary>
    PeersFailed,

    /// <summary>Another logger of this process already logs the device.</summary>
    AlreadyLogged,

    /// <summary>The settings of a logger's destination are not valid.</summary>
    LogSinkFailed,

    /// <summary>Where a report is to be written is something else, which is not replaced.</summary>
    NotAReport,

    /// <summary>There is no terminal to draw on: output goes to a file or a pipe, or nobody is there.</summary>
    NotATerminal,
}
