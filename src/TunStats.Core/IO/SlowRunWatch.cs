using System;
using System.Threading;

namespace TunStats.IO;

/// <summary>
/// Warns once of each run of a user's script or command that takes longer than 30 s, while it still runs.
/// </summary>
internal sealed class SlowRunWatch : IDisposable
{
    /// <summary>How long a run may take without a warning.</summary>
    internal static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly Action<string> _warn;
    private readonly ITimer _timer;
    private string? _running;
    private bool _isDisposed;

    /// <summary>Prepares the timer.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="warn">Takes the sentence, on a thread of the clock.</param>
    internal SlowRunWatch(TimeProvider timeProvider, Action<string> warn)
    {
        _warn = warn;
        _timer = timeProvider.CreateTimer(_ => Warn(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Notes the begin of a run.</summary>
    /// <param name="what">What runs, as the subject of a sentence.</param>
    internal void Begin(string what) => Set(what, MaxTime);

    /// <summary>Notes the end of the run.</summary>
    internal void End() => Set(null, Timeout.InfiniteTimeSpan);

    /// <summary>Ends the warnings; a run that was left behind may still end.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            (_running, _isDisposed) = (null, true);
            _timer.Dispose();
        }
    }

    private void Set(string? what, TimeSpan due)
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _running = what;
                _timer.Change(due, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Warn()
    {
        string? what;
        lock (_gate)
        {
            (what, _running) = (_running, null);
        }

        if (what is not null)
        {
            _warn($"{what} has run for more than {MaxTime.TotalSeconds:0} s; no other alert is handled until it ends");
        }
    }
}
