using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Lab;
using TunStats.Peers;
using TunStats.Tests.Fakes;
using TunStats.Tests.Live;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Peers;

/// <summary>Which layer below a device is found, in network namespaces of the tests' own.</summary>
public sealed class PeerQueryTests : IPeerQuerySink
{
    private readonly List<TunPeerSnapshot> _found = [];
    private readonly List<Exception> _errors = [];
    private readonly List<string> _warnings = [];

    [LiveFact]
    public void TailscalesDeviceIsTheOneWithItsAddress()
    {
        using var server = new TailscaleServer { Status = TailscaleServer.Recorded("status-a-after.json") };
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using TunDevice other = space.Run(() => TunDevice.Open("tun5"));
        using TunDevice device = space.Run(() => TunDevice.Open("mesh0"));
        links.AddAddress("mesh0", IPAddress.Parse("100.64.0.1"), 32);

        Query(space, server.Path, query => query.ReadAll());
        Assert.Equal(["mesh0"], _found.Select(snapshot => snapshot.Device));
        Query(space, server.Path, query => query.ReadByName(["mesh0", "tun5", "tu*"]));
        Assert.Equal(["mesh0", "mesh0"], _found.Select(snapshot => snapshot.Device));
        Assert.Equal("mesh0", Assert.Single(_found[0].Peers).Device);

        using NetworkNamespace there = space.Open();
        using var query = new PeerQuery(this, networkNamespace: there);
        query.ReadSocket(server.Path);
        Assert.Equal("mesh0", _found[^1].Device);
        Assert.Empty(_errors);
        Assert.Empty(_warnings);
    }

    /// <summary>A tailscaled that hangs or refuses is reported once, not for every other tunnel.</summary>
    [LiveFact]
    public void ABrokenTailscaledIsReportedOfOnce()
    {
        using var server = new UnixServer(
            (_, stream, _) => stream.Write(Encoding.ASCII.GetBytes("HTTP/1.0 500 Oops\r\n\r\n")));
        using var space = new PrivateNamespace();
        using TunDevice one = space.Run(() => TunDevice.Open("tun5"));
        using TunDevice two = space.Run(() => TunDevice.Open("tun6"));

        Query(space, server.Path, query => query.ReadAll());

        Assert.Empty(_found);
        Assert.Equal(ErrorKind.PeersRefused, Assert.IsType<TunStatsException>(Assert.Single(_errors)).Kind);
    }

    [LiveFact]
    public void ALayerThatIsAbsentIsNoError()
    {
        using var space = new PrivateNamespace();
        using TunDevice device = space.Run(() => TunDevice.Open("tun5"));

        Query(space, "/no/such.sock", query => query.ReadByName(["tun5", "lo"]));
        Query(space, "/no/such.sock", query => query.ReadAll());
        Assert.Empty(_found);
        Assert.Empty(_errors);

        using NetworkNamespace there = space.Open();
        PeerSourceOptions nothing = new() { TailscalePath = "/no/such.sock" };
        Assert.Null(PeerSources.Open("tun5", nothing, there));
        Assert.Null(PeerSources.Open("tun5", nothing with { Layer = PhysicalLayer.None }, there));
        Assert.Throws<TunStatsException>(() => PeerSources.Open("tun7", nothing, there));
        using IPeerSource named = PeerSources.Open("tun5", nothing with { Layer = PhysicalLayer.Tailscale }, there)!;
        Assert.Null(named.Read());
    }

    [LiveFact]
    public void ANamedSocketIsThereOrAnError()
    {
        using var wireGuard = new UnixServer((_, stream, _) => stream.Write("errno=0\n\n"u8), "wg7.sock");
        using var tailscale = new TailscaleServer();
        using var query = new PeerQuery(this);

        query.ReadSocket(wireGuard.Path);
        query.ReadSocket(tailscale.Path, "ts0");
        Assert.Equal(
            [("wg7", PeerSourceKind.UserspaceWireGuard), ("ts0", PeerSourceKind.Tailscale)],
            _found.Select(snapshot => (snapshot.Device, snapshot.Source)));

        query.ReadSocket(wireGuard.Path + ".none");
        query.ReadSocket("");
        Assert.Equal(
            [ErrorKind.PeerSocketNotFound, ErrorKind.PeerSocketNotFound],
            _errors.Select(error => Assert.IsType<TunStatsException>(error).Kind));
    }

    /// <summary>Whatever a socket speaks, its layer can be named instead of found.</summary>
    [LiveFact]
    public void TheLayerOfASocketCanBeNamed()
    {
        using var tailscale = new TailscaleServer { Status = """{"Peer":{"k":{"PublicKey":"nodekey:1"}}}""" };
        using IPeerSource source = PeerSources.Open(
            "lo", new PeerSourceOptions { SocketPath = tailscale.Path, Layer = PhysicalLayer.Tailscale })!;

        Assert.Equal(("lo", PeerSourceKind.Tailscale), (source.Device, source.Kind));
        Assert.Single(source.Read()!.Peers);
        Assert.Equal(["status"], tailscale.Asked);
    }

    /// <summary>A killed process leaves its socket behind; the device of that name is another one now.</summary>
    [LiveFact]
    public void ASocketThatWasLeftBehindHidesNothing()
    {
        using var server = new TailscaleServer { Status = TailscaleServer.Recorded("status-a-after.json") };
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        string name = $"t{Guid.NewGuid().ToString("N")[..8]}";
        using TunDevice device = space.Run(() => TunDevice.Open(name));
        links.AddAddress(name, IPAddress.Parse("100.64.0.1"), 32);
        string stale = UserspaceWireGuardSource.DefaultPath(name);
        Directory.CreateDirectory(Path.GetDirectoryName(stale)!);
        File.WriteAllText(stale, "");
        try
        {
            Query(space, server.Path, query => query.ReadByName([name]));
        }
        finally
        {
            File.Delete(stale);
        }

        Assert.Equal(PeerSourceKind.Tailscale, Assert.Single(_found).Source);
        Assert.Empty(_errors);
    }

    [ToolFact("wireguard-go")]
    public void AWireGuardProcessIsFoundByItsSocket()
    {
        using var pair = new WireGuardPair();
        using NetworkNamespace there = pair.Right.Space.Open();

        using IPeerSource source = PeerSources.Open(pair.Right.Device, networkNamespace: there)!;

        Assert.Equal((pair.Right.Device, PeerSourceKind.UserspaceWireGuard), (source.Device, source.Kind));
        Assert.Equal(WireGuardPair.LeftIPv4, source.Read()!.Peers[0].GetAddresses()[0].ToString());
    }

    void IPeerQuerySink.OnPeers(TunPeerSnapshot snapshot) => _found.Add(snapshot);

    void IPeerQuerySink.OnError(Exception error, object input) => _errors.Add(error);

    void IPeerQuerySink.OnWarning(string message) => _warnings.Add(message);

    private void Query(PrivateNamespace space, string tailscale, Action<PeerQuery> ask)
    {
        using NetworkNamespace there = space.Open();
        using var query = new PeerQuery(this, new PeerSourceOptions { TailscalePath = tailscale }, there);
        ask(query);
    }
}
