using System;
using System.Threading;
using TunStats.Interop;

namespace TunStats.Netlink;

/// <summary>
/// A netlink socket as the protocol needs it: whole datagrams to and from the kernel. Tests use a fake.
/// </summary>
internal interface INetlinkSocket : IDisposable
{
    /// <summary>This socket's port id (nl_pid), which the kernel puts into every answer.</summary>
    uint PortId { get; }

    /// <summary>Sends one datagram to the kernel.</summary>
    /// <param name="datagram">One or more whole netlink messages.</param>
    /// <exception cref="NetlinkException">The kernel did not take it.</exception>
    void Send(ReadOnlySpan<byte> datagram);

    /// <summary>
    /// Receives one datagram of the kernel; waits if none is queued.
    /// </summary>
    /// <param name="buffer">Takes the datagram's beginning, truncated to its length.</param>
    /// <param name="timeout">How long to wait, <see cref="Timeout.InfiniteTimeSpan"/> forever; zero: not at
    /// all.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The datagram's real length in bytes, which may exceed the buffer's; -1 on timeout.</returns>
    /// <exception cref="NetlinkException">The socket failed, or lost messages
    /// (<see cref="ErrorKind.NetlinkOverrun"/>).</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    int Receive(Span<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Joins a multicast group, whose messages arrive from then on.</summary>
    /// <param name="group">The group's number, such as RTNLGRP_LINK.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    void JoinGroup(uint group);
}
