using System;
using System.Threading;

namespace TunStats.Sessions;

/// <summary>A source of a session: a device, a capture file or connection tracking. It has its own thread.</summary>
internal interface IFlowSource : IDisposable
{
    /// <summary>The device or the file.</summary>
    string Name { get; }

    /// <summary>Whether it is live, and so must not wait for the consumer of its windows.</summary>
    bool IsLive { get; }

    /// <summary>Begins counting when the whole session is open: packets from now on are in a window.</summary>
    /// <param name="cancellationToken">Ends the wait for the kernel.</param>
    void Begin(CancellationToken cancellationToken);

    /// <summary>Counts until it is done or stopped; the current window is posted as the last.</summary>
    /// <param name="queue">Receives windows, warnings and progress.</param>
    /// <param name="stop">Ends the counting.</param>
    void Run(FlowQueue queue, CancellationToken stop);
}
