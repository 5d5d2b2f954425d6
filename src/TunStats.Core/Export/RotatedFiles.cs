using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.Interop;
using TunStats.IO;

namespace TunStats.Export;

/// <summary>
/// The rotated files of a log: <c>NAME-20261121T175703.123Z</c> beside it, with <c>.gz</c> once they are compressed. A
/// thread of its own compresses them and removes the oldest. Only files with such names are ever touched.
/// </summary>
/// <remarks>
/// A compressed file has its name only when it is whole and on the disk; then the original is removed. So a crash at
/// any point loses nothing, and what it left behind is put right at the next start. Each name is later than the ones
/// before, also where the clock was set back.
/// </remarks>
internal sealed class RotatedFiles : IDisposable
{
    private const string StampFormat = "yyyyMMdd'T'HHmmss'.'fff'Z'";
    private const int StampLength = 20;
    private const string Compressed = ".gz";
    private const string Unfinished = ".gz.tmp";

    // Compressing ends at the next block when it is told to.
    private static readonly TimeSpan MaxWaitAtEnd = TimeSpan.FromSeconds(1);

    private readonly FileSinkOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Action<string>? _warn;
    private readonly string _path;
    private readonly string _directory;
    private readonly Thread _thread;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _news = new(1);
    private DateTime _last;
    private bool _hasFailed;

    /// <summary>Starts the thread, which first puts right what a crash left behind.</summary>
    internal RotatedFiles(FileSinkOptions options, TimeProvider timeProvider, Action<string>? warn)
    {
        _options = options;
        _timeProvider = timeProvider;
        _warn = warn;

        // The file itself is renamed, not a link to it.
        _path = File.ResolveLinkTarget(options.Path, returnFinalTarget: true)?.FullName
            ?? Path.GetFullPath(options.Path);
        _directory = Path.GetDirectoryName(_path)!;
        _last = Find().Select(f => f.Time).DefaultIfEmpty().Max();
        _thread = new Thread(Run) { IsBackground = true, Name = "TunStats rotation" };
        _thread.Start();
    }

    /// <summary>Gives the log its rotated name.</summary>
    /// <param name="identity">The open file; where the path names another by now, there is nothing to do.</param>
    /// <param name="errno">Why it failed.</param>
    internal bool TryRename(in FileIdentity identity, out Errno errno)
    {
        errno = FileStatus.OfPath(_path, follow: false, out FileStatus named);
        if (errno == Errno.ENOENT || (errno == Errno.None && named.Identity != identity))
        {
            errno = Errno.None;
            return true;
        }

        DateTime now = _timeProvider.GetUtcNow().UtcDateTime;
        DateTime next = _last.AddMilliseconds(1);
        DateTime time = now > next ? now : next;
        if (errno == Errno.None && Libc.rename(_path, NameOf(time)) == 0)
        {
            _last = new DateTime(time.Ticks - (time.Ticks % TimeSpan.TicksPerMillisecond), DateTimeKind.Utc);
            return true;
        }

        errno = errno == Errno.None ? Libc.LastError : errno;
        return false;
    }

    /// <summary>Says that there is a file to compress.</summary>
    internal void Notify() => _news.Release();

    public void Dispose()
    {
        _stop.Cancel();
        if (_thread.Join(MaxWaitAtEnd))
        {
            _stop.Dispose();
            _news.Dispose();
        }
    }

    private string NameOf(DateTime time) =>
        $"{_path}-{time.ToString(StampFormat, CultureInfo.InvariantCulture)}";

    private void Run()
    {
        try
        {
            while (true)
            {
                _news.Wait(_stop.Token);
                Tidy();
            }
        }
        catch (OperationCanceledException)
        {
            // What is left is compressed after the next start.
        }
    }

    private void Tidy()
    {
        try
        {
            FileDirectory.Sync(_directory);
            RemoveLeftovers();
            RemoveOldest();
            foreach (Rotated file in Find().Where(f => _options.Compress && !f.IsCompressed))
            {
                GzipFile.Compress(file.Path, file.Path + Unfinished, file.Path + Compressed, _stop.Token);
            }

            RemoveOldest();
            _hasFailed = false;
        }
        catch (Exception e) when (FileErrors.IsFileError(e))
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                Errno errno = FileErrors.ErrnoOf(e);
                string reason = errno == Errno.None ? "an error of the file system" : Libc.ErrorText(errno);
                _warn?.Invoke(
                    $"Rotated files of '{_options.Path}' could not be compressed or removed: {reason}. This is tried "
                    + "again after the next rotation.");
            }
        }
    }

    /// <summary>What a crash left behind: half a compressed file, or the original of a whole one.</summary>
    private void RemoveLeftovers()
    {
        foreach (FileInfo file in Siblings())
        {
            bool isUnfinished = file.Name.EndsWith(Unfinished, StringComparison.Ordinal);
            string path = isUnfinished ? file.FullName[..^Unfinished.Length] : file.FullName;
            if (TryParse(path, out _) && (isUnfinished || File.Exists(path + Compressed)))
            {
                file.Delete();
            }
        }
    }

    private void RemoveOldest()
    {
        long total = 0;
        int count = 0;
        foreach (Rotated file in Find().OrderByDescending(f => f.Time))
        {
            total += file.Length;
            if (++count > _options.MaxFiles || total > _options.MaxTotalSize)
            {
                File.Delete(file.Path);
            }
        }
    }

    /// <summary>The rotated files, the oldest first.</summary>
    private List<Rotated> Find()
    {
        List<Rotated> found = [];
        foreach (FileInfo file in Siblings())
        {
            bool isCompressed = file.Name.EndsWith(Compressed, StringComparison.Ordinal);
            string path = isCompressed ? file.FullName[..^Compressed.Length] : file.FullName;
            if (TryParse(path, out DateTime time))
            {
                found.Add(new Rotated(file.FullName, time, file.Length, isCompressed));
            }
        }

        found.Sort((a, b) => a.Time.CompareTo(b.Time));
        return found;
    }

    private FileInfo[] Siblings() =>
    [
        .. new DirectoryInfo(_directory).EnumerateFiles()
            .Where(f => f.FullName.StartsWith(_path + "-", StringComparison.Ordinal)),
    ];

    private bool TryParse(string path, out DateTime time)
    {
        time = default;
        return path.Length == _path.Length + 1 + StampLength
            && path.StartsWith(_path, StringComparison.Ordinal)
            && DateTime.TryParseExact(
                path.AsSpan(_path.Length + 1), StampFormat, CultureInfo.InvariantCulture,
                DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out time);
    }

    private readonly record struct Rotated(string Path, DateTime Time, long Length, bool IsCompressed);
}
