using System;
using System.Threading;

namespace TunStats.Sessions;

/// <summary>What a session counts: a device, a capture file, connection tracking. Has a thread of its own.</summary>
internal interface IFlowSource : IDisposable
{
    /// <summary>The device or the file.</summary>
    string Name { get; }

    /// <summary>Whether it counts as time goes by, and so must not wait for whoever takes its windows.</summary>
    bool IsLive { get; }

    /// <summary>Begins to count, when all of the session is open: what comes from now on is in a window.</summary>
    /// <param name="cancellationToken">Ends the wait for the kernel.</param>
    void Begin(CancellationToken cancellationToken);

    /// <summary>Counts until it is done or stopped; the window under way is handed out as the last.</summary>
    /// <param name="queue">Takes windows, warnings and progress.</param>
    /// <param name="stop">Ends the counting.</param>
    void Run(FlowQueue queue, CancellationToken stop);
}
