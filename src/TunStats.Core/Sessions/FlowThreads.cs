using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace TunStats.Sessions;

/// <summary>
/// The threads on which sources count into a queue: one for each device, one for all files. Each closes its sources at
/// its end, since the kernel takes its time to close a ring.
/// </summary>
internal sealed class FlowThreads : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _stopLive;
    private readonly Thread[] _threads;

    /// <summary>Begins to count.</summary>
    /// <param name="sources">What to count.</param>
    /// <param name="cancellationToken">Ends the windows under way.</param>
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

    /// <summary>Ends devices and connection tracking; files go on.</summary>
    internal void StopLive() => _stopLive.Cancel();

    /// <summary>Ends all threads; what nobody has taken yet is dropped.</summary>
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
            // Stopped before there was anything to hand out.
        }
        catch (Exception e)
        {
            // The thread's last frame: the thread that runs the session decides.
            queue.Post(e, source.Name);
        }
    }
}
