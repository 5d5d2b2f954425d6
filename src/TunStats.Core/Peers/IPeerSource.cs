using System;
using System.Threading;
using TunStats.Interop;

namespace TunStats.Peers;

/// <summary>Something that tells of a tunnel's peers. Not thread-safe.</summary>
public interface IPeerSource : IDisposable
{
    /// <summary>The tunnel device; empty where there is none.</summary>
    string Device { get; }

    /// <summary>What is asked.</summary>
    PeerSourceKind Kind { get; }

    /// <summary>Looks at the peers.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The peers of now; null where the layer is absent, such as a process that does not run.</returns>
    /// <exception cref="TunStatsException">The peers could not be read.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel did not answer, or sent an invalid answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    TunPeerSnapshot? Read(CancellationToken cancellationToken = default);
}
