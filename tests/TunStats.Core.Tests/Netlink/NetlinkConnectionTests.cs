using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using TunStats.Interop;
using TunStats.Netlink;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Interop.NetlinkConstants;

namespace TunStats.Tests.Netlink;

public sealed class NetlinkConnectionTests
{
    private const ushort Type = 100;

    private readonly FakeNetlinkSocket _socket = new();
    private readonly NetlinkConnection _connection;

    public NetlinkConnectionTests() => _connection = new NetlinkConnection(_socket);

    [Fact]
    public void SequenceRisesAndRequestFlagIsSet()
    {
        Answer((sequence, port) => [NetlinkBytes.Message(Type, 0, sequence, port, [1, 2, 3, 4])]);

        Execute();
        Execute();

        nlmsghdr[] sent = [.. _socket.Sent.Select(s => MemoryMarshal.Read<nlmsghdr>(s))];
        Assert.Equal([1u, 2u], sent.Select(h => h.nlmsg_seq));
        Assert.All(sent, h => Assert.Equal(NLM_F_REQUEST, h.nlmsg_flags));
        Assert.All(sent, h => Assert.Equal(0u, h.nlmsg_pid));
    }

    [Fact]
    public void AnswersToOtherRequestsAndPortsAreDropped()
    {
        Answer((sequence, port) =>
        [
            NetlinkBytes.Message(Type, 0, sequence - 1, port, [9]),
            NetlinkBytes.Message(Type, 0, sequence, port + 1, [9]),
            NetlinkBytes.Error(22, sequence + 1, port),
            NetlinkBytes.Message(Type, 0, sequence, port, [7]),
        ]);

        Assert.Equal(new byte[] { 7 }, Execute());
    }

    [Fact]
    public void KernelsOwnTextReachesTheUser()
    {
        Answer((sequence, port) => [NetlinkBytes.Error(22, sequence, port, "Invalid mask")]);

        NetlinkException error = Assert.Throws<NetlinkException>(() => Execute());

        Assert.Equal(ErrorKind.NetlinkRefused, error.Kind);
        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.Equal("Invalid mask", error.KernelMessage);
        Assert.EndsWith("(EINVAL): Invalid mask", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KernelsTextIsFoundBehindAnEchoedRequest()
    {
        Answer((sequence, port) =>
        {
            // Not capped: the request of 28 bytes stands whole before the attributes.
            var echoed = new nlmsgerr { error = -1, msg = new nlmsghdr { nlmsg_len = 28, nlmsg_seq = sequence } };
            return
            [
                NetlinkBytes.Message(
                    NLMSG_ERROR,
                    NLM_F_ACK_TLVS,
                    sequence,
                    port,
                    NetlinkBytes.Struct(echoed),
                    new byte[12],
                    NetlinkBytes.Attribute(NLMSGERR_ATTR_OFFS, 4u),
                    NetlinkBytes.Attribute(NLMSGERR_ATTR_MSG, "no")),
            ];
        });

        Assert.Equal("no", Assert.Throws<NetlinkException>(() => Execute()).KernelMessage);
    }

    [Fact]
    public void SilenceIsATimeout()
    {
        NetlinkException error = Assert.Throws<NetlinkException>(() => Execute());
        Assert.Equal(ErrorKind.NetlinkTimeout, error.Kind);
        Assert.Contains("5 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CancellationIsNotAnError()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Execute(cancelled.Token));
    }

    [Fact]
    public void TruncationSaysBothLengths()
    {
        Answer((sequence, port) => [NetlinkBytes.Message(Type, 0, sequence, port, new byte[70_000])]);

        NetlinkException error = Assert.Throws<NetlinkException>(() => Execute());

        Assert.Equal(ErrorKind.NetlinkTruncated, error.Kind);
        Assert.Contains("70016", error.Message, StringComparison.Ordinal);
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AcknowledgementWithoutAnswerIsAnError()
    {
        Answer((sequence, port) => [NetlinkBytes.Error(0, sequence, port)]);
        Assert.Equal(ErrorKind.InvalidKernelReply, Assert.Throws<NetlinkException>(() => Execute()).Kind);
    }

    [Fact]
    public void DumpIsVisitedToItsEndOverManyDatagrams()
    {
        Answer((sequence, port) =>
        [
            NetlinkBytes.Join([Part(1, sequence, port), Part(2, sequence, port)]),
            Part(3, sequence, port),
            NetlinkBytes.Done(sequence, port),
        ]);

        (DumpOutcome outcome, List<byte> seen, int restarts) = Dump();

        Assert.Equal(DumpOutcome.Consistent, outcome);
        Assert.Equal([1, 2, 3], seen);
        Assert.Equal(1, restarts);
    }

    [Theory]
    [InlineData(1, (int)DumpOutcome.Consistent)]
    [InlineData(4, (int)DumpOutcome.Consistent)]
    [InlineData(5, (int)DumpOutcome.Interrupted)]
    public void InterruptedDumpIsRepeatedUpToFiveTimes(int interrupted, int expected)
    {
        Answer((sequence, port) =>
        {
            ushort flags = _socket.Sent.Count <= interrupted ? NLM_F_DUMP_INTR : (ushort)0;
            return [Part(1, sequence, port), NetlinkBytes.Done(sequence, port, flags)];
        });

        (DumpOutcome outcome, List<byte> seen, _) = Dump();

        Assert.Equal((DumpOutcome)expected, outcome);
        Assert.Equal([1], seen);
        Assert.Equal(Math.Min(interrupted + 1, 5), _socket.Sent.Count);
    }

    [Fact]
    public void DumpThatLostMessagesIsTakenAgain()
    {
        _socket.OnSend = (socket, sent) =>
        {
            uint sequence = FakeNetlinkSocket.SequenceOf(sent);
            socket.Queue(Part(1, sequence, socket.PortId));
            if (socket.Sent.Count == 1)
            {
                socket.QueueError(new NetlinkException(ErrorKind.NetlinkOverrun, "lost", Errno.ENOBUFS, null));
            }

            socket.Queue(NetlinkBytes.Done(sequence, socket.PortId));
        };

        (DumpOutcome outcome, List<byte> seen, int restarts) = Dump();

        Assert.Equal(DumpOutcome.Consistent, outcome);
        Assert.Equal([1], seen);
        Assert.Equal(2, restarts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void RequestWhoseAnswerWasLostIsSentAgain(int losses)
    {
        LoseAnswers(losses);
        Assert.Equal(new byte[] { 7 }, Execute());
        Assert.Equal(losses + 1, _socket.Sent.Count);
    }

    [Fact]
    public void RequestWhoseAnswersAreAllLostIsAnError()
    {
        LoseAnswers(int.MaxValue);
        Assert.Equal(ErrorKind.NetlinkOverrun, Assert.Throws<NetlinkException>(() => Execute()).Kind);
        Assert.Equal(NetlinkConnection.DumpAttempts, _socket.Sent.Count);
    }

    [Fact]
    public void ErrorAtTheEndOfADumpIsTheKernels()
    {
        Answer((sequence, port) =>
            [NetlinkBytes.Message(NLMSG_DONE, NLM_F_MULTI, sequence, port, NetlinkBytes.Struct(-95))]);
        Assert.Equal(Errno.EOPNOTSUPP, Assert.Throws<NetlinkException>(() => Dump()).Errno);
    }

    [Fact]
    public void BrokenDumpIsReadToItsEndSoThatTheNextRequestFindsAQuietSocket()
    {
        int sends = 0;
        Answer((sequence, port) => sends++ == 0
            ? [
                NetlinkBytes.Message(77, NLM_F_MULTI, sequence, port),
                Part(2, sequence, port),
                NetlinkBytes.Done(sequence, port),
            ]
            : [NetlinkBytes.Message(Type, 0, sequence, port, [5])]);

        Assert.Equal(ErrorKind.InvalidKernelReply, Assert.Throws<NetlinkException>(() => Dump()).Kind);
        Assert.Equal(-1, _socket.Receive(new byte[16], TimeSpan.Zero, CancellationToken.None));
        Assert.Equal(new byte[] { 5 }, Execute());
    }

    [Fact]
    public void LongestRequestIsRefusedBeforeItIsSent()
    {
        Assert.Throws<ArgumentException>(() =>
        {
            NetlinkRequest request = _connection.NewRequest(Type);
            request.AppendAttribute(1, new string('x', 2000));
        });
        Assert.Empty(_socket.Sent);
    }

    [Fact]
    public void ExecutingAllocatesNothing()
    {
        byte[] reply = NetlinkBytes.Stats(7, 3, 1, _socket.PortId);
        var socket = new EchoSocket(reply, _socket.PortId);
        using var client = new TunStats.Links.LinkClient(new NetlinkConnection(socket), TimeProvider.System);
        _ = client.ReadCounters(7);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                _ = client.ReadCounters(7);
            }
        }));
    }

    private static byte[] Part(byte value, uint sequence, uint port) =>
        NetlinkBytes.Message(Type, NLM_F_MULTI, sequence, port, [value]);

    private void Answer(Func<uint, uint, byte[][]> answer) =>
        _socket.OnSend = (socket, sent) => socket.Queue(answer(FakeNetlinkSocket.SequenceOf(sent), socket.PortId));

    private void LoseAnswers(int count) => _socket.OnSend = (socket, sent) =>
    {
        if (socket.Sent.Count <= count)
        {
            socket.QueueError(new NetlinkException(ErrorKind.NetlinkOverrun, "lost", Errno.ENOBUFS, null));
        }
        else
        {
            socket.Queue(NetlinkBytes.Message(Type, 0, FakeNetlinkSocket.SequenceOf(sent), socket.PortId, [7]));
        }
    };

    private byte[] Execute(CancellationToken cancellationToken = default) =>
        _connection.Execute(_connection.NewRequest(Type), Type, cancellationToken).Payload.ToArray();

    private (DumpOutcome Outcome, List<byte> Seen, int Restarts) Dump()
    {
        var visitor = new ByteVisitor([]);
        DumpOutcome outcome = _connection.Dump(_connection.NewRequest(Type, NLM_F_DUMP), Type, ref visitor);
        return (outcome, visitor.Seen, visitor.Restarts);
    }

    private struct ByteVisitor(List<byte> seen) : INetlinkVisitor
    {
        public List<byte> Seen { get; } = seen;

        public int Restarts { get; private set; }

        public void Restart()
        {
            Restarts++;
            Seen.Clear();
        }

        public readonly void Visit(scoped in NetlinkMessage message) => Seen.Add(message.Payload[0]);
    }

    /// <summary>Answers every request with the same bytes under its sequence number, without allocating.</summary>
    private sealed class EchoSocket(byte[] reply, uint portId) : INetlinkSocket
    {
        public uint PortId => portId;

        public void Send(ReadOnlySpan<byte> datagram) => datagram.Slice(8, 4).CopyTo(reply.AsSpan(8));

        public int Receive(Span<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
        {
            reply.CopyTo(buffer);
            return reply.Length;
        }

        public void JoinGroup(uint group) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
