namespace TunStats.Interop;

/// <summary>What went wrong. The module's error ids are these names, but for four that share another's id.</summary>
public enum ErrorKind
{
    /// <summary>There is no such interface in the namespace (ENODEV).</summary>
    DeviceNotFound,

    /// <summary>The text cannot be an interface's name.</summary>
    InvalidDeviceName,

    /// <summary>The kernel does not know RTM_GETSTATS: it is older than 4.7.</summary>
    KernelTooOld,

    /// <summary>The kernel's answer does not follow the protocol, or lacks what was asked for.</summary>
    InvalidKernelReply,

    /// <summary>A datagram over netlink was larger than the receive buffer; its end is lost.</summary>
    NetlinkTruncated,

    /// <summary>The kernel answered with an error number.</summary>
    NetlinkRefused,

    /// <summary>A system call on a netlink socket failed.</summary>
    NetlinkFailed,

    /// <summary>The kernel dropped messages for this socket (ENOBUFS): what is known must be read again.</summary>
    NetlinkOverrun,

    /// <summary>The kernel did not answer within the time limit.</summary>
    NetlinkTimeout,

    /// <summary>There is no network namespace of that name, path or process.</summary>
    NetworkNamespaceNotFound,

    /// <summary>The file of a network namespace may not be read.</summary>
    NetworkNamespaceUnreadable,

    /// <summary>The file is not a network namespace's.</summary>
    NotANetworkNamespace,

    /// <summary>The process may not enter the namespace (CAP_SYS_ADMIN is needed there and here).</summary>
    NetworkNamespaceDenied,

    /// <summary>A system call on a network namespace failed for another reason.</summary>
    NetworkNamespaceFailed,

    /// <summary>The text is not a path of a file that metrics can be written to.</summary>
    InvalidMetricsPath,

    /// <summary>The directory of a metrics file does not exist.</summary>
    MetricsDirectoryNotFound,

    /// <summary>The directory of a metrics file may not be written to.</summary>
    MetricsPathNotWritable,

    /// <summary>The path of a metrics file is a directory's.</summary>
    MetricsPathIsDirectory,

    /// <summary>At the path is something other than a metrics file of this program.</summary>
    NotAMetricsFile,

    /// <summary>A metrics file cannot be written for another reason.</summary>
    MetricsFileFailed,

    /// <summary>The text is not an address with a port.</summary>
    InvalidMetricsEndpoint,

    /// <summary>Other machines could reach the address, and that was not asked for.</summary>
    MetricsEndpointNotLoopback,

    /// <summary>Another program listens at the address.</summary>
    MetricsEndpointInUse,

    /// <summary>This machine does not have the address.</summary>
    MetricsEndpointNotAvailable,

    /// <summary>This user may not listen at the address.</summary>
    MetricsEndpointDenied,

    /// <summary>The endpoint's socket failed for another reason.</summary>
    MetricsEndpointFailed,

    /// <summary>The text is neither a prefix nor an address.</summary>
    InvalidPrefix,

    /// <summary>A line or a member of a route file is not a route.</summary>
    InvalidRouteFile,

    /// <summary>A route file does not exist.</summary>
    RouteFileNotFound,

    /// <summary>A route file cannot be read.</summary>
    RouteFileUnreadable,

    /// <summary>The device's own subnets are to be the overlay, but no device was named, or it has no subnet.</summary>
    NoOwnSubnets,

    /// <summary>Nothing says by which routes to classify.</summary>
    NoRoutes,

    /// <summary>The process lacks CAP_NET_RAW.</summary>
    CaptureDenied,

    /// <summary>The kernel gave no memory for the packet ring.</summary>
    CaptureOutOfMemory,

    /// <summary>A device of this kind carries no IP packets.</summary>
    NotAnIpDevice,

    /// <summary>Packets cannot be captured for another reason.</summary>
    CaptureFailed,

    /// <summary>The file is neither pcap nor pcapng.</summary>
    NotACapture,

    /// <summary>A capture file is damaged.</summary>
    DamagedCapture,

    /// <summary>The packets of a capture file are of a link type that is not read.</summary>
    UnsupportedLinkType,

    /// <summary>The kernel counts no packets per connection (nf_conntrack_acct is 0).</summary>
    ConntrackAccountingOff,

    /// <summary>The process may not read the connection table, or may not turn accounting on (CAP_NET_ADMIN).</summary>
    ConntrackDenied,

    /// <summary>This kernel has no connection tracking, or no netlink interface to it.</summary>
    ConntrackUnavailable,

    /// <summary>Connection tracking cannot be read for another reason.</summary>
    ConntrackFailed,

    /// <summary>There is no socket of WireGuard or tailscaled at the path.</summary>
    PeerSocketNotFound,

    /// <summary>The process may not ask for peers.</summary>
    PeersDenied,

    /// <summary>The answer about peers did not arrive, or not the whole of it, within the time limit.</summary>
    PeersTimeout,

    /// <summary>WireGuard or tailscaled answered with an error.</summary>
    PeersRefused,

    /// <summary>The answer about peers does not follow the protocol, or is cut off.</summary>
    InvalidPeerReply,

    /// <summary>The answer about peers is longer than the limit.</summary>
    PeerReplyTooLong,

    /// <summary>Peers cannot be read for another reason.</summary>
    PeersFailed,

    /// <summary>Another logger of this process logs the device.</summary>
    AlreadyLogged,

    /// <summary>A destination of a logger cannot be used as it was given.</summary>
    LogSinkFailed,

    /// <summary>There is no terminal to draw on: output goes to a file or a pipe, or nobody is there.</summary>
    NotATerminal,
}
