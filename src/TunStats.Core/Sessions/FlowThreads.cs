using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace TunStats.Sessions;

/// <summary>
/// The threads on which sources count into a queue: one per device, one for all files. Each closes its sources at its
/// end, because closing a ring is slow.
/// </summary>
internal sealed class FlowThreads : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _stopLive;
    private readonly Thread[] _threads;

    /// <summary>Begins to count.</summary>
    /// <param name="sources">What to count.</param>
    /// <param name="cancellationToken">Ends the current windows.</param>
    internal FlowThreads(FlowSources sources, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _stopLive = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        List<(IFlowSource[] Sources, CancellationToken Stop)> groups =
            [.. sources.Live.Select(source => ((IFlowSource[])[source], _stopLive.Token))];
        if (sources.Files.Count > 0)
        {
            groups.Add(([.. sources.Files], _stop.Token));
        }

        Queue = new FlowQueue(groups.Count);
        _threads = [.. groups.Select(group => new Thread(() => CountAll(group.Sources, Queue, group.Stop))
        {
            IsBackground = true,
            Name = "TunStats flows",
        })];
        Array.ForEach(_threads, thread => thread.Start());
    }

    /// <summary>What was counted.</summary>
    internal FlowQueue Queue { get; }

    /// <summary>Stops devices and connection tracking; files continue.</summary>
    internal void StopLive() => _stopLive.Cancel();

    /// <summary>Stops all threads; pending windows are dropped.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        Queue.Abandon();
        Array.ForEach(_threads, thread => thread.Join());
        _stopLive.Dispose();
        _stop.Dispose();
    }

    private static void CountAll(IFlowSource[] sources, FlowQueue queue, CancellationToken stop)
    {
        try
        {
            Array.ForEach(sources, source => Count(source, queue, stop));
        }
        finally
        {
            queue.End();
            Array.ForEach(sources, source => source.Dispose());
        }
    }

    private static void Count(IFlowSource source, FlowQueue queue, CancellationToken stop)
    {
        if (!source.IsLive && stop.IsCancellationRequested)
        {
            return;
        }

        try
        {
            source.Run(queue, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped before the first result.
        }
        catch (Exception e)
        {
            // The last frame of the thread: the session's thread handles the error.
            queue.Post(e, source.Name);
        }
    }
}
