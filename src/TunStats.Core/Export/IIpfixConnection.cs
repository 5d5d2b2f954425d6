using System;
using System.Threading;

namespace TunStats.Export;

/// <summary>The way to a collector. One thread at a time.</summary>
internal interface IIpfixConnection : IDisposable
{
    /// <summary>Whether templates have to be repeated, because messages may get lost.</summary>
    bool IsLossy { get; }

    /// <summary>Whether the collector has not closed it.</summary>
    bool IsUsable { get; }

    /// <summary>Sends one message; may block.</summary>
    /// <exception cref="System.IO.IOException">It is not sent; the connection is of no more use.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">As above.</exception>
    void Send(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    /// <summary>Waits until the collector's kernel has acknowledged everything, where that can be known.</summary>
    /// <exception cref="System.IO.IOException">It has not; the connection is of no more use.</exception>
    void Confirm(CancellationToken cancellationToken);
}
