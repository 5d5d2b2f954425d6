using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.CompilerServices;
using System.Threading;
using TunStats.Interop;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>
/// An open network namespace, given by its <c>ip netns</c> name, the path of its file, or the id of a process in it.
/// </summary>
/// <remarks>
/// A socket stays in the namespace in which its thread opened it. So a dedicated thread enters the namespace, opens the
/// socket, returns and ends; no other thread changes its namespace.
/// </remarks>
internal sealed class NetworkNamespace : IDisposable
{
    private const string NamedDirectory = "/run/netns";

    private readonly SafeFileDescriptor _file;

    private NetworkNamespace(string text, string path, SafeFileDescriptor file)
    {
        Text = text;
        Path = path;
        _file = file;
    }

    private enum Step
    {
        Done,
        OpenOwn,
        Enter,
        Socket,
        File,
    }

    /// <summary>The text that the user gave.</summary>
    public string Text { get; }

    /// <summary>The path of its file.</summary>
    public string Path { get; }

    /// <summary>
    /// The namespace names of <c>ip netns</c>, sorted; empty if there are none or they may not be read.
    /// </summary>
    public static IReadOnlyList<string> ListNames()
    {
        var directory = new DirectoryInfo(NamedDirectory);
        if (!directory.Exists)
        {
            return [];
        }

        var names = new List<string>();
        var options = new EnumerationOptions { IgnoreInaccessible = true };
        foreach (FileInfo file in directory.EnumerateFiles("*", options))
        {
            names.Add(file.Name);
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Opens a namespace.</summary>
    /// <param name="text">
    /// A path if it has a slash; else a name of <c>ip netns</c>; else, if it is a number, the id of a process.
    /// </param>
    /// <exception cref="TunStatsException">There is no such namespace, or its file may not be read.</exception>
    public static NetworkNamespace Open(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Open(text, PathOf(text));
    }

    /// <summary>Opens the namespace of a file.</summary>
    /// <param name="text">The text that the user gave.</param>
    /// <param name="path">The file.</param>
    internal static NetworkNamespace Open(string text, string path)
    {
        // Opening a pipe or a device may block or have side effects; a namespace is a regular file.
        if (FileStatus.OfPath(path, follow: true, out FileStatus there) == Errno.None && !there.IsRegular)
        {
            throw NotANamespace(text, path);
        }

        SafeFileDescriptor file = Libc.OpenFile(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (!file.IsInvalid)
        {
            return new NetworkNamespace(text, path, file);
        }

        Errno errno = Libc.LastError;
        file.Dispose();
        throw errno switch
        {
            Errno.ENOENT or Errno.ENOTDIR or Errno.ESRCH => NotFound(text, $"{path} does not exist"),
            Errno.EACCES or Errno.EPERM => Error(
                ErrorKind.NetworkNamespaceUnreadable,
                text,
                $"The network namespace '{text}' may not be read: {path}: {Libc.ErrorText(errno)}. Run as root, or as "
                + "the user whose process it is."),
            _ => Error(
                ErrorKind.NetworkNamespaceFailed,
                text,
                $"The network namespace '{text}' cannot be opened: {path}: {Libc.ErrorText(errno)} ({errno})."),
        };
    }

    /// <summary>Opens a socket in the namespace.</summary>
    /// <param name="domain">The address family, such as AF_NETLINK.</param>
    /// <param name="type">The socket type, with its flags.</param>
    /// <param name="protocol">The protocol of the family.</param>
    /// <exception cref="TunStatsException">The namespace may not be entered, or gives no socket.</exception>
    public SafeFileDescriptor OpenSocket(int domain, int type, int protocol)
    {
        (Step failed, Errno errno, SafeFileDescriptor? socket) =
            OnOwnThread(() => EnterAndOpen(path: null, flags: 0, domain, type, protocol));
        return failed == Step.Done ? socket! : throw EnterError(failed, errno);
    }

    /// <summary>Opens a file as the namespace sees it: /proc/sys/net differs in each namespace.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="flags">The flags of open(2).</param>
    /// <param name="errno">Why the file could not be opened; none if it was.</param>
    /// <returns>The file; invalid where it could not be opened.</returns>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    internal SafeFileDescriptor OpenFile(string path, int flags, out Errno errno)
    {
        (Step failed, errno, SafeFileDescriptor? file) = OnOwnThread(() => EnterAndOpen(path, flags, 0, 0, 0));
        return failed is Step.Done or Step.File ? file! : throw EnterError(failed, errno);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static T OnOwnThread<T>(Func<T> open)
    {
        T result = default!;
        var thread = new Thread(() => result = open(), 256 * 1024)
        {
            IsBackground = true,
            Name = "TunStats namespace",
        };
        thread.Start();
        thread.Join();
        return result;
    }

    /// <summary>The identity of the namespace: device and inode of its file.</summary>
    /// <exception cref="TunStatsException">The kernel does not report it.</exception>
    internal FileIdentity Identity => FileStatus.Of(_file, out FileStatus status) is var errno && errno == Errno.None
        ? status.Identity
        : throw Error(
            ErrorKind.NetworkNamespaceFailed,
            Text,
            $"The network namespace '{Text}' cannot be used: {Path}: {Libc.ErrorText(errno)} ({errno}).");

    /// <summary>The file of a name, a path or a process id.</summary>
    internal static string PathOf(string text)
    {
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return text;
        }

        if (string.IsNullOrWhiteSpace(text) || text is "." or ".." || text.Contains('\0', StringComparison.Ordinal))
        {
            throw Error(
                ErrorKind.NetworkNamespaceNotFound,
                text,
                $"'{text}' is not a valid name of a network namespace. Give a name that 'ip netns list' "
                + "shows, the path of a namespace file, or the id of a process.");
        }

        string named = $"{NamedDirectory}/{text}";
        bool isProcess = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id);
        return isProcess && !File.Exists(named) ? $"/proc/{id}/ns/net" : named;
    }

    private static TunStatsException Error(ErrorKind kind, string text, string message) =>
        new(kind, text, message);

    /// <summary>The error where a name has no namespace.</summary>
    internal static TunStatsException NotFound(string text, string why) => Error(
        ErrorKind.NetworkNamespaceNotFound,
        text,
        $"There is no network namespace '{text}': {why}. Give a name that 'ip netns list' shows, the path of a "
        + "namespace file, or the id of a process.");

    private static TunStatsException NotANamespace(string text, string path) => Error(
        ErrorKind.NotANetworkNamespace,
        text,
        $"'{text}' is not a network namespace: the file {path} is something else.");

    // The runtime may start threads from any managed thread, and a thread inherits the namespace of its creator. So
    // only system calls run between entering and leaving, and they are compiled and bound beforehand.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (Step Failed, Errno Errno, SafeFileDescriptor? Opened) EnterAndOpen(
        string? path, int flags, int domain, int type, int protocol)
    {
        using SafeFileDescriptor own = Libc.OpenFile("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (own.IsInvalid)
        {
            return (Step.OpenOwn, Libc.LastError, null);
        }

        bool held = false;
        try
        {
            _file.DangerousAddRef(ref held);
            int there = (int)_file.DangerousGetHandle();
            int back = (int)own.DangerousGetHandle();
            _ = Libc.setns(-1, CLONE_NEWNET);
            _ = Libc.socket(-1, 0, 0);
            if (Libc.setns(there, CLONE_NEWNET) != 0)
            {
                return (Step.Enter, Libc.LastError, null);
            }

            int opened = path is null ? Libc.socket(domain, type, protocol) : Libc.open(path, flags, 0);
            Errno errno = opened < 0 ? Libc.LastError : Errno.None;

            // If returning fails, only this thread stays in the other namespace, and it ends.
            _ = Libc.setns(back, CLONE_NEWNET);
            Step failed = opened >= 0 ? Step.Done : path is null ? Step.Socket : Step.File;
            return (failed, errno, new SafeFileDescriptor(opened));
        }
        finally
        {
            if (held)
            {
                _file.DangerousRelease();
            }
        }
    }

    private TunStatsException EnterError(Step failed, Errno errno) => (failed, errno) switch
    {
        (Step.Enter, Errno.EPERM) => Error(
            ErrorKind.NetworkNamespaceDenied,
            Text,
            $"The network namespace '{Text}' may not be entered: {Libc.ErrorText(errno)}. It takes CAP_SYS_ADMIN: "
            + "run as root, or from within the user namespace that owns it."),
        (Step.Enter, Errno.EINVAL or Errno.ENOTTY) => NotANamespace(Text, Path),
        (Step.Socket, Errno.EPERM or Errno.EACCES) => Error(
            ErrorKind.NetworkNamespaceDenied,
            Text,
            $"A socket may not be opened in the network namespace '{Text}': {Libc.ErrorText(errno)}. Run as root."),
        _ => Error(
            ErrorKind.NetworkNamespaceFailed,
            Text,
            $"The network namespace '{Text}' cannot be used ({failed}): {Libc.ErrorText(errno)} ({errno})."),
    };
}
