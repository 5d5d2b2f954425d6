using System;
using System.Collections.Generic;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Export;

/// <summary>What happened to a sink: counts, errors, and warnings where that changes. Thread-safe.</summary>
internal sealed class SinkRecord(string name, TimeProvider timeProvider, Action<string>? warn)
{
    private readonly object _gate = new();
    private SinkStatus _status = new() { Name = name };
    private string? _reported;

    /// <summary>The counts so far, without those of the queue.</summary>
    internal SinkStatus Status
    {
        get
        {
            lock (_gate)
            {
                return _status;
            }
        }
    }

    /// <summary>Counts what the destination took.</summary>
    internal void AddSent(List<LogEntry> batch, int count)
    {
        (long messages, long bytes) = Measure(batch, count);
        bool hasRecovered;
        lock (_gate)
        {
            hasRecovered = _status.IsFailing;
            _status = _status with
            {
                SentMessages = _status.SentMessages + messages,
                SentBytes = _status.SentBytes + bytes,
                LastSuccessTime = timeProvider.GetUtcNow().UtcDateTime,
                IsFailing = false,
            };
        }

        _reported = hasRecovered ? null : _reported;
        if (hasRecovered)
        {
            warn?.Invoke($"{name}: writing works again.");
        }
    }

    /// <summary>Counts an attempt that is repeated.</summary>
    internal void AddFailure(Exception error)
    {
        string message = Describe(error);
        lock (_gate)
        {
            _status = _status with
            {
                Retries = _status.Retries + 1,
                IsFailing = true,
                LastError = message,
                LastErrorTime = timeProvider.GetUtcNow().UtcDateTime,
            };
        }

        Report(message, "It is retried as long as the logger runs.");
    }

    /// <summary>Counts what the destination refused.</summary>
    internal void AddRefused(List<LogEntry> batch, int count, LogSinkException error)
    {
        (long messages, _) = Measure(batch, count);
        lock (_gate)
        {
            SinkDrops drops = _status.Drops;
            _status = _status with
            {
                Drops = error.Failure == LogSinkErrorKind.TooLarge
                    ? drops with { TooLarge = drops.TooLarge + messages }
                    : drops with { Refused = drops.Refused + messages },
                LastError = error.Message,
                LastErrorTime = timeProvider.GetUtcNow().UtcDateTime,
            };
        }

        Report(error.Message, "These messages are dropped.");
    }

    /// <summary>Counts what was left when the time to stop was up.</summary>
    internal void AddStopped(long messages)
    {
        lock (_gate)
        {
            _status = _status with { Drops = _status.Drops with { Stopped = _status.Drops.Stopped + messages } };
        }
    }

    private static (long Messages, long Bytes) Measure(List<LogEntry> batch, int count)
    {
        (long messages, long bytes) = (0, 0);
        for (int i = 0; i < count; i++)
        {
            if (!batch[i].IsGap)
            {
                messages++;
                bytes += batch[i].Line.Length;
            }
        }

        return (messages, bytes);
    }

    /// <summary>The framework's own texts are resource keys in a program that is trimmed.</summary>
    private static string Describe(Exception error) => error switch
    {
        LogSinkException => error.Message,
        _ when FileErrors.ErrnoOf(error) is var errno and not Errno.None => $"{Libc.ErrorText(errno)}.",
        _ => "It failed for an unknown reason.",
    };

    private void Report(string message, string consequence)
    {
        if (_reported != message)
        {
            _reported = message;
            warn?.Invoke($"{name}: {message} {consequence}");
        }
    }
}
