using System;
using System.Threading;
using TunStats.Interop;

namespace TunStats.Peers;

/// <summary>A source of a tunnel's peers. Not thread-safe.</summary>
internal interface IPeerSource : IDisposable
{
    /// <summary>The tunnel device; empty for none.</summary>
    string Device { get; }

    /// <summary>The kind of source.</summary>
    PeerSourceKind Kind { get; }

    /// <summary>Reads the peers.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The current peers; null if the layer is absent, for example a process that does not run.</returns>
    /// <exception cref="TunStatsException">The peers could not be read.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel did not answer, or sent an invalid answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    TunPeerSnapshot? Read(CancellationToken cancellationToken = default);
}
