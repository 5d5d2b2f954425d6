using System;
using System.Globalization;
using System.IO;
using TunStats.Interop;

namespace TunStats.IO;

/// <summary>
/// Follows the network namespace of a name, a path or a process id, and detects by device and inode of its file when it
/// is replaced. The owner of sockets in the old namespace must then close them: a namespace and its devices live as
/// long as a socket or descriptor of it is open. When a process has ended, a later process with the same id is not
/// followed. Not thread-safe.
/// </summary>
internal sealed class NetworkNamespaceWatch : IDisposable
{
    /// <summary>How often to call <see cref="Check"/>, so that a change is noticed within two seconds.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private const string ProcessDirectory = "/proc/";
    private const string ProcessFile = "/ns/net";

    private readonly string _path;
    private readonly string _processDirectory;
    private readonly string? _processId;
    private ulong? _processStart;
    private NetworkNamespace? _current;
    private FileIdentity _identity;
    private bool _isGone;

    /// <summary>Watches a namespace, which need not exist yet.</summary>
    /// <param name="text">A name, a path or a process id, as <see cref="NetworkNamespace"/> takes it.</param>
    /// <exception cref="TunStatsException">The text cannot name a namespace.</exception>
    public NetworkNamespaceWatch(string text)
        : this(text, NetworkNamespace.PathOf(text), ProcessDirectory)
    {
    }

    internal NetworkNamespaceWatch(string text, string path, string processDirectory)
    {
        Text = text;
        _path = path;
        _processDirectory = processDirectory;
        _processId = ProcessIdOf(path, processDirectory);
    }

    /// <summary>The text that the user gave.</summary>
    public string Text { get; }

    /// <summary>The current namespace; opened at the first call and kept open.</summary>
    /// <exception cref="TunStatsException">There is none, or its file may not be read.</exception>
    public NetworkNamespace Open()
    {
        if (_current is not null)
        {
            return _current;
        }

        try
        {
            RequireSameProcess();
            NetworkNamespace opened = NetworkNamespace.Open(Text, _path);
            _current = opened;
            FileIdentity identity = opened.Identity;
            if (!CanBeNamespace(identity))
            {
                throw NetworkNamespace.NotFound(Text, $"{_path} is something else now");
            }

            _identity = identity;

            // Checked again: the process may have ended before its file was opened.
            RequireSameProcess();
            _isGone = false;
            return opened;
        }
        catch (TunStatsException)
        {
            Release();
            _isGone = true;
            throw;
        }
    }

    /// <summary>Checks whether the name still refers to the open namespace.</summary>
    /// <returns>
    /// What changed since the last call. After <see cref="NetworkNamespaceChange.Replaced"/> and
    /// <see cref="NetworkNamespaceChange.Gone"/> close what is open in the namespace and call <see cref="Release"/>.
    /// </returns>
    public NetworkNamespaceChange Check()
    {
        Errno errno = FileStatus.OfPath(_path, follow: true, out FileStatus there);
        bool isThere = errno == Errno.None && CanBeNamespace(there.Identity) && IsSameProcess();
        if (_current is null)
        {
            bool isBack = _isGone && isThere;
            _isGone = _isGone && !isThere;
            return isBack ? NetworkNamespaceChange.Returned : NetworkNamespaceChange.None;
        }

        // Other errors say nothing about the namespace, which stays open.
        if (!isThere && errno is Errno.None or Errno.ENOENT or Errno.ENOTDIR or Errno.ESRCH)
        {
            _isGone = true;
            return NetworkNamespaceChange.Gone;
        }

        return isThere && there.Identity != _identity ? NetworkNamespaceChange.Replaced : NetworkNamespaceChange.None;
    }

    /// <summary>Closes the namespace; the next <see cref="Open"/> looks up the name again.</summary>
    public void Release()
    {
        _current?.Dispose();
        _current = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    /// <summary>
    /// Whether a file can be a namespace, judging by the one that was open: all are on one device. While a name of ip
    /// netns is removed, its file is a regular one for a moment.
    /// </summary>
    private bool CanBeNamespace(in FileIdentity file) => _identity == default
        || (file.DeviceMajor, file.DeviceMinor) == (_identity.DeviceMajor, _identity.DeviceMinor);

    /// <summary>The id in /proc/ID/ns/net; null for other paths.</summary>
    private static string? ProcessIdOf(string path, string processDirectory)
    {
        if (!path.StartsWith(processDirectory, StringComparison.Ordinal)
            || !path.EndsWith(ProcessFile, StringComparison.Ordinal)
            || path.Length <= processDirectory.Length + ProcessFile.Length)
        {
            return null;
        }

        string id = path[processDirectory.Length..^ProcessFile.Length];
        return uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? id : null;
    }

    private void RequireSameProcess()
    {
        if (_processId is null)
        {
            return;
        }

        ulong? start = ReadProcessStart(_processId);
        _processStart ??= start;
        if (start is not null && start != _processStart)
        {
            throw new TunStatsException(
                ErrorKind.NetworkNamespaceNotFound,
                Text,
                $"The process {_processId} of the network namespace has ended, and another process has its id "
                + "now. Give a running process.");
        }
    }

    private bool IsSameProcess() =>
        _processId is null || _processStart is null || ReadProcessStart(_processId) == _processStart;

    /// <summary>When a process started, in clock ticks since boot (starttime of proc_pid_stat(5)).</summary>
    private ulong? ReadProcessStart(string id)
    {
        const int StartField = 22;
        string text;
        try
        {
            text = File.ReadAllText($"{_processDirectory}{id}/stat");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // The second field is the program's name in parentheses, which may hold blanks and parentheses.
        string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > StartField - 3
            && ulong.TryParse(fields[StartField - 3], CultureInfo.InvariantCulture, out ulong start)
            ? start
            : null;
    }
}
