using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;
using TunStats.Processes;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Processes;

/// <summary>What sock_diag answered on a real kernel.</summary>
public sealed class SocketQueryTests
{
    private readonly RecordedSockets _kernel = new();
    private readonly List<SocketRecord> _sockets = [];

    [Fact]
    public void EverySocketThatAProcessHoldsIsListed()
    {
        _kernel.Query.Read(_sockets, CancellationToken.None);

        (string Name, byte Protocol, string Local, string Remote)[] expected =
        [
            ("l", 6, "127.0.0.1:8000", "0.0.0.0:0"),
            ("c", 6, "127.0.0.1:40001", "127.0.0.1:8000"),
            ("a", 6, "127.0.0.1:8000", "127.0.0.1:40001"),
            ("l6", 6, "[::]:8006", "[::]:0"),
            ("c4", 6, "127.0.0.1:40002", "127.0.0.1:8006"),
            ("a4", 6, "127.0.0.1:8006", "127.0.0.1:40002"),
            ("c6", 6, "[::1]:40003", "[::1]:8006"),
            ("a6", 6, "[::1]:8006", "[::1]:40003"),
            ("u", 17, "0.0.0.0:5353", "0.0.0.0:0"),
            ("u2", 17, "127.0.0.1:40004", "127.0.0.1:53"),
            ("u6", 17, "[::]:5355", "[::]:0"),
        ];
        Assert.Equal(
            expected.Select(e => new SocketRecord(
                new FlowKey(new IpProtocol(e.Protocol), AddrPort.Parse(e.Local), AddrPort.Parse(e.Remote)),
                _kernel.InodeOf(e.Name))).ToHashSet(),
            _sockets.ToHashSet());
        Assert.Null(_kernel.Query.Refusal);
    }

    [Fact]
    public void ProtocolThatTheKernelDoesNotListIsReportedAndTheOtherIsListed()
    {
        _kernel.Refused = 17;
        _kernel.Query.Read(_sockets, CancellationToken.None);
        Assert.Equal(8, _sockets.Count);
        Assert.StartsWith("The kernel does not list UDP sockets", _kernel.Query.Refusal);
        Assert.Contains("load udp_diag with 'modprobe'", _kernel.Query.Refusal);
    }

    [Fact]
    public void MessageThatIsTooShortIsAnError()
    {
        _kernel.Socket.OnSend = (socket, request) => socket.Queue(NetlinkBytes.Message(
            20, NetlinkConstants.NLM_F_MULTI, FakeNetlinkSocket.SequenceOf(request), socket.PortId, new byte[40]));
        NetlinkException error = Assert.Throws<NetlinkException>(
            () => _kernel.Query.Read(_sockets, CancellationToken.None));
        Assert.Equal(ErrorKind.InvalidKernelReply, error.Kind);
    }
}
