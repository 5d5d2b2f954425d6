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
    internal const string Unexpected = nameof(Unexpected);
}
