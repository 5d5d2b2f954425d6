namespace TunStats.PowerShell.Errors;

/// <summary>The ids of the module's errors. They are part of its interface: scripts match them.</summary>
internal static class ErrorIds
{
    internal const string DeviceNotFound = nameof(DeviceNotFound);
    internal const string InvalidDeviceName = nameof(InvalidDeviceName);
    internal const string KernelTooOld = nameof(KernelTooOld);
    internal const string InvalidKernelReply = nameof(InvalidKernelReply);
    internal const string NetworkNamespaceNotFound = nameof(NetworkNamespaceNotFound);
    internal const string NetworkNamespaceUnreadable = nameof(NetworkNamespaceUnreadable);
    internal const string NotANetworkNamespace = nameof(NotANetworkNamespace);
    internal const string NetworkNamespaceDenied = nameof(NetworkNamespaceDenied);
    internal const string NetworkNamespaceFailed = nameof(NetworkNamespaceFailed);
    internal const string NetlinkRefused = nameof(NetlinkRefused);
    internal const string NetlinkFailed = nameof(NetlinkFailed);
    internal const string NetlinkTimeout = nameof(NetlinkTimeout);
    internal const string InvalidPollerOption = nameof(InvalidPollerOption);
    internal const string NotAFilePath = nameof(NotAFilePath);
    internal const string InvalidMetricsPath = nameof(InvalidMetricsPath);
    internal const string MetricsDirectoryNotFound = nameof(MetricsDirectoryNotFound);
    internal const string MetricsPathNotWritable = nameof(MetricsPathNotWritable);
    internal const string MetricsPathIsDirectory = nameof(MetricsPathIsDirectory);
    internal const string MetricsFileFailed = nameof(MetricsFileFailed);
    internal const string InvalidMetricsEndpoint = nameof(InvalidMetricsEndpoint);
    internal const string MetricsEndpointNotLoopback = nameof(MetricsEndpointNotLoopback);
    internal const string MetricsEndpointInUse = nameof(MetricsEndpointInUse);
    internal const string MetricsEndpointNotAvailable = nameof(MetricsEndpointNotAvailable);
    internal const string MetricsEndpointDenied = nameof(MetricsEndpointDenied);
    internal const string MetricsEndpointFailed = nameof(MetricsEndpointFailed);
    internal const string InvalidPrefix = nameof(InvalidPrefix);
    internal const string InvalidRouteFile = nameof(InvalidRouteFile);
    internal const string RouteFileNotFound = nameof(RouteFileNotFound);
    internal const string RouteFileUnreadable = nameof(RouteFileUnreadable);
    internal const string NoOwnSubnets = nameof(NoOwnSubnets);
    internal const string NoRoutes = nameof(NoRoutes);
    internal const string InvalidAddress = nameof(InvalidAddress);
    internal const string MixedFamilies = nameof(MixedFamilies);
    internal const string EndBeforeStart = nameof(EndBeforeStart);
    internal const string FileNotFound = nameof(FileNotFound);
    internal const string FileDenied = nameof(FileDenied);
    internal const string FileUnreadable = nameof(FileUnreadable);
    internal const string PathIsDirectory = nameof(PathIsDirectory);
    internal const string InvalidNetLogMessage = nameof(InvalidNetLogMessage);
    internal const string InvalidWindow = nameof(InvalidWindow);
    internal const string InvalidProtocol = nameof(InvalidProtocol);
    internal const string CaptureDenied = nameof(CaptureDenied);
    internal const string CaptureOutOfMemory = nameof(CaptureOutOfMemory);
    internal const string NotAnIpDevice = nameof(NotAnIpDevice);
    internal const string CaptureFailed = nameof(CaptureFailed);
    internal const string NotACapture = nameof(NotACapture);
    internal const string UnsupportedLinkType = nameof(UnsupportedLinkType);
    internal const string DamagedCapture = nameof(DamagedCapture);
    internal const string ConntrackAccountingOff = nameof(ConntrackAccountingOff);
    internal const string ConntrackDenied = nameof(ConntrackDenied);
    internal const string ConntrackUnavailable = nameof(ConntrackUnavailable);
    internal const string ConntrackFailed = nameof(ConntrackFailed);
    internal const string Unexpected = nameof(Unexpected);
}
