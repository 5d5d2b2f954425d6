using System;
using System.Threading;
using TunStats.Interop;
using TunStats.Netlink;

namespace TunStats.Classes;

/// <summary>
/// A thread that waits for the events of a feed and applies them at once, so that the timestamps of changes are right
/// within milliseconds.
/// </summary>
internal sealed class ClassifierWatch : IDisposable
{
    /// <summary>The wait after a socket error.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    private readonly ClassifierSource _source;
    private readonly IRouteFeed _feed;
    private readonly CancellationTokenSource _stop;
    private readonly Thread _thread;

    /// <summary>Starts watching.</summary>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace cannot be entered.</exception>
    internal ClassifierWatch(ClassifierSource source, IRouteFeed feed, CancellationToken cancellationToken)
    {
        _source = source;
        _feed = feed;
        feed.Listen();
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _thread = new Thread(Run) { IsBackground = true, Name = "TunStats routes" };
        _thread.Start();
    }

    /// <summary>Ends the thread and waits for its end.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        // Changes between the first reading and now had no listener.
        bool isFirst = true;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                TakeIn(isFirst);
                isFirst = false;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The loop ends.
            }
            catch (Exception e)
            {
                // The next refresh reports the error; a thread must not end the process.
                _source.NoteFailure(e);
                _stop.Token.WaitHandle.WaitOne(RetryInterval);
            }
        }
    }

    private void TakeIn(bool isFirst)
    {
        if (!isFirst)
        {
            _feed.WaitForEvent(_stop.Token);
            _source.NoteEvent();
            _feed.Settle(_stop.Token);
        }

        _source.TakeIn(_feed, _stop.Token);
    }
}
