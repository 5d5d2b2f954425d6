using System;
using System.Collections.Generic;
using TunStats.Interop;
using TunStats.IO;
using TunStats.NetLog;

namespace TunStats.Views;

/// <summary>
/// Finds what a report was given before, so that nothing is counted twice: messages by logger and number, samples by
/// device, time and increase, files by their identity. Memory is bounded; what has no room is taken as new.
/// </summary>
internal sealed class ReportRepeats
{
    private const int MaxLoggers = 10_000;
    private const int MaxIdLength = 100;
    private const int MaxSamples = 500_000;

    private readonly Dictionary<string, SequenceSet> _loggers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<(long Ticks, int Increase)>> _devices = new(StringComparer.Ordinal);
    private readonly HashSet<FileIdentity> _files = [];
    private long _messages;
    private long _samples;
    private int _sampleCount;

    /// <summary>What was left out, a sentence each.</summary>
    internal IEnumerable<string> Warnings
    {
        get
        {
            if (_messages > 0)
            {
                yield return $"{CountText.Of(_messages, "message", "messages")} with a logger and a number that were "
                    + "read before: repeats are not counted";
            }

            if (_samples > 0)
            {
                yield return $"{CountText.Of(_samples, "sample", "samples")} of a device and a time that were read "
                    + "before: repeats are not counted";
            }
        }
    }

    /// <summary>The warning for a file that was named before.</summary>
    internal static string TextOf(string path) => $"'{path}' is given twice; it is read once";

    /// <summary>Whether a file was named before; only regular files are the same twice.</summary>
    internal bool IsRepeated(string path) =>
        FileStatus.OfPath(path, follow: true, out FileStatus there) == Errno.None
        && there.IsRegular
        && !_files.Add(there.Identity);

    /// <summary>Whether a message was read before; without a logger's number nobody can tell.</summary>
    internal bool IsRepeated(NetLogMessage message)
    {
        if (message is not { Sequence: { } number, LoggerId.Length: > 0 and <= MaxIdLength })
        {
            return false;
        }

        if (!_loggers.TryGetValue(message.LoggerId, out SequenceSet? numbers))
        {
            if (_loggers.Count >= MaxLoggers)
            {
                return false;
            }

            _loggers.Add(message.LoggerId, numbers = new SequenceSet());
        }

        bool isRepeated = !numbers.Add(number);
        _messages += isRepeated ? 1 : 0;
        return isRepeated;
    }

    /// <summary>Whether a sample was read before.</summary>
    internal bool IsRepeated(string device, DateTime timestamp, in LinkTotals increase)
    {
        // A device that was created again has two samples of one time; their increases tell them apart.
        (long Ticks, int Increase) key = (timestamp.Ticks, increase.GetHashCode());
        HashSet<(long Ticks, int Increase)>? times = _devices.GetValueOrDefault(device);
        if (times?.Contains(key) == true)
        {
            _samples++;
            return true;
        }

        if (_sampleCount < MaxSamples)
        {
            if (times is null)
            {
                _devices.Add(device, times = []);
            }

            times.Add(key);
            _sampleCount++;
        }

        return false;
    }
}
