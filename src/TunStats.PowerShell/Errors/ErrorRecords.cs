using System;
using System.Management.Automation;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.PowerShell.Errors;

/// <summary>Turns every exception of the core into an error record with its id, category and target.</summary>
internal static class ErrorRecords
{
    /// <summary>
    /// Whether an exception is one that the core tells users of; any other is a defect and stays as it is.
    /// </summary>
    internal static bool IsExpected(Exception exception) =>
        exception is LinkException or NetworkNamespaceException or NetlinkException;

    /// <summary>Makes the record of an exception.</summary>
    /// <param name="exception">What the core threw.</param>
    /// <param name="target">The input that it is about.</param>
    internal static ErrorRecord From(Exception exception, object? target)
    {
        (string id, ErrorCategory category) = exception switch
        {
            LinkException e => FromLink(e.Kind),
            NetworkNamespaceException e => FromNamespace(e.Kind),
            NetlinkException e => FromNetlink(e),
            _ => (ErrorIds.Unexpected, ErrorCategory.InvalidOperation),
        };
        return new ErrorRecord(exception, id, category, target);
    }

    private static (string Id, ErrorCategory Category) FromLink(LinkErrorKind kind) => kind switch
    {
        LinkErrorKind.NotFound => (ErrorIds.DeviceNotFound, ErrorCategory.ObjectNotFound),
        LinkErrorKind.InvalidName => (ErrorIds.InvalidDeviceName, ErrorCategory.InvalidArgument),
        LinkErrorKind.KernelTooOld => (ErrorIds.KernelTooOld, ErrorCategory.NotImplemented),
        _ => (ErrorIds.InvalidKernelReply, ErrorCategory.InvalidData),
    };

    private static (string Id, ErrorCategory Category) FromNamespace(NetworkNamespaceErrorKind kind) => kind switch
    {
        NetworkNamespaceErrorKind.NotFound => (ErrorIds.NetworkNamespaceNotFound, ErrorCategory.ObjectNotFound),
        NetworkNamespaceErrorKind.Unreadable => (ErrorIds.NetworkNamespaceUnreadable, ErrorCategory.PermissionDenied),
        NetworkNamespaceErrorKind.NotANamespace => (ErrorIds.NotANetworkNamespace, ErrorCategory.InvalidArgument),
        NetworkNamespaceErrorKind.EnterDenied => (ErrorIds.NetworkNamespaceDenied, ErrorCategory.PermissionDenied),
        _ => (ErrorIds.NetworkNamespaceFailed, ErrorCategory.OpenError),
    };

    private static (string Id, ErrorCategory Category) FromNetlink(NetlinkException exception) => exception.Kind switch
    {
        NetlinkErrorKind.Kernel => (ErrorIds.NetlinkRefused, exception.Errno is Errno.EPERM or Errno.EACCES
            ? ErrorCategory.PermissionDenied
            : ErrorCategory.InvalidOperation),
        NetlinkErrorKind.Timeout => (ErrorIds.NetlinkTimeout, ErrorCategory.OperationTimeout),
        NetlinkErrorKind.Malformed or NetlinkErrorKind.Truncated =>
            (ErrorIds.InvalidKernelReply, ErrorCategory.InvalidData),
        _ => (ErrorIds.NetlinkFailed, ErrorCategory.ReadError),
    };
}
