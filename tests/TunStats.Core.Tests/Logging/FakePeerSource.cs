using System;
using System.Threading;
using TunStats.Net;
using TunStats.Peers;

namespace TunStats.Tests.Logging;

/// <summary>One peer whose counters grow with each look.</summary>
internal sealed class FakePeerSource : IPeerSource
{
    private ulong _looks;

    public string Device => "tun0";

    public PeerSourceKind Kind => PeerSourceKind.Tailscale;

    internal bool IsDisposed { get; private set; }

    /// <summary>Called at each look; may block or throw.</summary>
    internal Action<CancellationToken>? OnRead { get; set; }

    internal bool IsAbsent { get; set; }

    /// <summary>How much the peer sends between two looks.</summary>
    internal ulong Step { get; set; } = 1000;

    public TunPeerSnapshot? Read(CancellationToken cancellationToken = default)
    {
        OnRead?.Invoke(cancellationToken);
        _looks++;
        return IsAbsent ? null : new TunPeerSnapshot
        {
            Device = Device,
            Source = Kind,
            Peers =
            [
                new TunPeer
                {
                    Device = Device,
                    PublicKey = "key",
                    AddressList = [IpAddr.Parse("100.64.0.2")],
                    AllowedPrefixList = [IpPrefix.Parse("100.64.0.2/32")],
                    PathValue = PeerPath.Direct(AddrPort.Parse("192.0.2.2:41641")),
                    TxBytes = _looks * Step,
                    RxBytes = 5_000_000,
                },
            ],
        };
    }

    public void Dispose() => IsDisposed = true;
}
