using System;
using System.Buffers;
using System.Threading;
using TunStats.Interop;
using static TunStats.Interop.NetlinkConstants;

namespace TunStats.Netlink;

/// <summary>
/// Requests and their answers over one netlink socket. Answers to other requests or sockets are dropped; each wait has
/// a time limit and can be cancelled. Not thread-safe.
/// </summary>
internal sealed class NetlinkConnection : IDisposable
{
    /// <summary>How often a dump is tried that changes meanwhile or loses messages.</summary>
    public const int DumpAttempts = 5;

    // A dump fills at most 32 KiB per datagram, however large the buffer; a single answer is smaller.
    private const int ReceiveBufferSize = 64 * 1024;
    private const int RequestBufferSize = 1024;

    private readonly INetlinkSocket _socket;
    private readonly byte[] _request = new byte[RequestBufferSize];

    // Rented: a connection often lives for one request, and a new array of this size each time triggers collections.
    private byte[] _received = ArrayPool<byte>.Shared.Rent(ReceiveBufferSize);
    private uint _sequence;

    /// <summary>Uses a socket and takes ownership of it.</summary>
    /// <param name="socket">The kernel's, or a fake one.</param>
    public NetlinkConnection(INetlinkSocket socket) => _socket = socket;

    /// <summary>How long the kernel may take for one datagram of an answer; 5 s by default.</summary>
    public TimeSpan ReceiveTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether answers may hold secrets, such as keys: then the receive buffer is cleared before it is returned.
    /// </summary>
    public bool ReceivesSecrets { get; init; }

    /// <summary>Begins a request with the next sequence number. All requests share one buffer.</summary>
    /// <param name="type">The message type, such as RTM_GETLINK.</param>
    /// <param name="flags">Flags beside NLM_F_REQUEST.</param>
    public NetlinkRequest NewRequest(ushort type, ushort flags = 0)
    {
        // 0 is the sequence number of unsolicited events.
        _sequence = _sequence == uint.MaxValue ? 1 : _sequence + 1;
        return new NetlinkRequest(_request, type, (ushort)(flags | NLM_F_REQUEST), _sequence, portId: 0);
    }

    /// <summary>
    /// Sends a request that one message answers. Where the kernel dropped messages, the request is retried, up to
    /// <see cref="DumpAttempts"/> times; such a request is idempotent.
    /// </summary>
    /// <param name="request">The finished request.</param>
    /// <param name="replyType">The type that the answer must have.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer; its spans are valid until the next request.</returns>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public NetlinkMessage Execute(
        scoped in NetlinkRequest request, ushort replyType, CancellationToken cancellationToken = default)
    {
        _socket.Send(request.Finish());
        int attempt = 1;
        while (true)
        {
            ReadOnlySpan<byte> received;
            try
            {
                received = Receive(cancellationToken);
            }
            catch (NetlinkException e) when (e.Kind == ErrorKind.NetlinkOverrun && attempt < DumpAttempts)
            {
                attempt++;
                _socket.Send(request.Finish());
                continue;
            }

            var reader = new NetlinkMessageReader(received);
            NetlinkMessage answer = default;
            int answers = 0;
            bool acknowledged = false;
            while (reader.TryRead(out NetlinkMessage message))
            {
                if (!IsAnswer(message, request.Sequence) || message.Type == NLMSG_NOOP)
                {
                    continue;
                }

                if (NetlinkControl.IsControl(message))
                {
                    acknowledged = true;
                    continue;
                }

                Expect(replyType, message.Type);
                answer = message;
                answers++;
            }

            if (answers == 1)
            {
                return answer;
            }

            if (answers > 1)
            {
                NetlinkThrow.ManyReplies(replyType, answers);
            }

            if (acknowledged)
            {
                NetlinkThrow.NoReply(replyType);
            }
        }
    }

    /// <summary>Sends a request that the kernel only acknowledges.</summary>
    /// <param name="request">The finished request, with NLM_F_ACK among its flags.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NetlinkException">The kernel refused or did not answer.</exception>
    public void Acknowledge(scoped in NetlinkRequest request, CancellationToken cancellationToken = default)
    {
        _socket.Send(request.Finish());
        while (true)
        {
            var reader = new NetlinkMessageReader(Receive(cancellationToken));
            while (reader.TryRead(out NetlinkMessage message))
            {
                if (IsAnswer(message, request.Sequence) && NetlinkControl.IsControl(message))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Sends a dump request and visits every message of the answer.</summary>
    /// <param name="request">The finished request, with NLM_F_DUMP among its flags.</param>
    /// <param name="replyType">The type that the messages must have.</param>
    /// <param name="visitor">Takes the messages; restarted when the dump is retried.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether the last of up to <see cref="DumpAttempts"/> dumps was consistent.</returns>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public DumpOutcome Dump<TVisitor>(
        scoped in NetlinkRequest request,
        ushort replyType,
        ref TVisitor visitor,
        CancellationToken cancellationToken = default)
        where TVisitor : INetlinkVisitor
    {
        for (int attempt = 1; ; attempt++)
        {
            visitor.Restart();
            _socket.Send(request.Finish());
            try
            {
                if (!VisitAll(request.Sequence, replyType, ref visitor, cancellationToken))
                {
                    return DumpOutcome.Consistent;
                }

                if (attempt == DumpAttempts)
                {
                    return DumpOutcome.Interrupted;
                }
            }
            catch (NetlinkException e) when (e.Kind == ErrorKind.NetlinkOverrun && attempt < DumpAttempts)
            {
                Abandon();
            }
            catch
            {
                Abandon();
                throw;
            }
        }
    }

    /// <summary>Joins a multicast group.</summary>
    /// <param name="group">The group's number, such as RTNLGRP_LINK.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void JoinGroup(uint group) => _socket.JoinGroup(group);

    /// <summary>
    /// Visits the events of one datagram. Only for connections that joined groups and send no request.
    /// </summary>
    /// <param name="visitor">Takes the messages, of any type.</param>
    /// <param name="timeout">How long to wait for a datagram; zero for not at all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False on timeout.</returns>
    /// <exception cref="NetlinkException">Events were lost (<see cref="ErrorKind.NetlinkOverrun"/>), or are
    /// invalid.</exception>
    public bool ReceiveEvents<TVisitor>(
        ref TVisitor visitor, TimeSpan timeout, CancellationToken cancellationToken = default)
        where TVisitor : INetlinkVisitor
    {
        int length = _socket.Receive(_received, timeout, cancellationToken);
        if (length < 0)
        {
            return false;
        }

        var reader = new NetlinkMessageReader(Whole(length));
        while (reader.TryRead(out NetlinkMessage message))
        {
            visitor.Visit(message);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        byte[] received = Interlocked.Exchange(ref _received, []);
        if (received.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(received, clearArray: ReceivesSecrets);
        }
    }

    private static void Expect(ushort expected, ushort type)
    {
        if (type != expected)
        {
            NetlinkThrow.UnexpectedType(expected, type);
        }
    }

    private bool IsAnswer(scoped in NetlinkMessage message, uint sequence) =>
        message.Sequence == sequence && message.PortId == _socket.PortId;

    /// <summary>Visits a dump up to its end.</summary>
    /// <returns>Whether the kernel says that the data changed meanwhile.</returns>
    private bool VisitAll<TVisitor>(
        uint sequence, ushort replyType, ref TVisitor visitor, CancellationToken cancellationToken)
        where TVisitor : INetlinkVisitor
    {
        bool interrupted = false;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var reader = new NetlinkMessageReader(Receive(cancellationToken));
            while (reader.TryRead(out NetlinkMessage message))
            {
                if (!IsAnswer(message, sequence))
                {
                    continue;
                }

                interrupted |= message.IsInterrupted;
                if (NetlinkControl.IsControl(message))
                {
                    return interrupted;
                }

                if (message.Type != NLMSG_NOOP)
                {
                    Expect(replyType, message.Type);
                    visitor.Visit(message);
                }
            }
        }
    }

    /// <summary>
    /// Reads a dump to its end and discards it: until then the kernel refuses the next one (EBUSY).
    /// </summary>
    private void Abandon()
    {
        const int MaxDatagrams = 100_000;
        const int MaxOverruns = 1000;
        int overruns = 0;
        for (int i = 0; i < MaxDatagrams; i++)
        {
            try
            {
                if (_socket.Receive(_received, TimeSpan.Zero, CancellationToken.None) < 0)
                {
                    return;
                }
            }
            catch (NetlinkException e) when (e.Kind == ErrorKind.NetlinkOverrun && ++overruns < MaxOverruns)
            {
                // Lost messages of a discarded dump do not matter, but the rest still has to be read.
                continue;
            }
            catch (NetlinkException)
            {
                // The socket itself failed: the original error says more, and the next request fails with this one
                // again.
                return;
            }
        }
    }

    private ReadOnlySpan<byte> Receive(CancellationToken cancellationToken)
    {
        int length = _socket.Receive(_received, ReceiveTimeout, cancellationToken);
        if (length < 0)
        {
            NetlinkThrow.Timeout(ReceiveTimeout);
        }

        return Whole(length);
    }

    private ReadOnlySpan<byte> Whole(int length)
    {
        if (length > _received.Length)
        {
            NetlinkThrow.Truncated(length, _received.Length);
        }

        return _received.AsSpan(0, length);
    }
}
