using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using TunStats.Lab;
using TunStats.Peers;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Peers;

/// <summary>wireguard-go of this machine beside <c>wg show dump</c>.</summary>
public sealed class LiveWireGuardPeersTests
{
    [ToolFact("wireguard-go", "wg")]
    public void PeersAreThoseThatWgShows()
    {
        using var pair = new WireGuardPair(leftAllowed: ["10.2.0.0/24"]);
        LabTraffic.Exchange(
            pair.Left.Space, WireGuardPair.LeftIPv4, pair.Right.Space, WireGuardPair.RightIPv4, 1001, 20);
        using var left = new UserspaceWireGuardSource(pair.Left.Device);
        using var right = new UserspaceWireGuardSource(pair.Right.Device);

        Same(left);
        TunPeer peer = Same(right);

        Assert.Equal(WireGuardPair.LeftIPv4 + ", " + WireGuardPair.LeftIPv6, peer.Addresses);
        Assert.Equal("192.0.2.1:51820", peer.Endpoint);
        Assert.True(peer.RxBytes > 20 * 32, $"{peer.RxBytes} bytes received");
        Assert.True(peer.TxBytes > 20 * 32, $"{peer.TxBytes} bytes sent");
        Assert.InRange(peer.HandshakeAge!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(10));
    }

    /// <summary>Reads the peers while wg shows the same ones before and after.</summary>
    private static TunPeer Same(UserspaceWireGuardSource source)
    {
        while (true)
        {
            string before = Dump(source.Device);
            TunPeerSnapshot snapshot = source.Read()!;
            if (Dump(source.Device) == before)
            {
                Assert.Equal(Lines(before), snapshot.Peers.Select(Line));
                return Assert.Single(snapshot.Peers);
            }
        }
    }

    /// <summary>public-key, preshared-key, endpoint, allowed-ips, latest-handshake, rx, tx, keepalive.</summary>
    private static IEnumerable<string> Lines(string dump) => dump
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Skip(1)
        .Select(line => line.Split('\t'))
        .Select(fields => $"{fields[0]} {fields[2]} {fields[3]} {fields[4]} {fields[5]} {fields[6]}");

    private static string Line(TunPeer peer) => string.Create(
        CultureInfo.InvariantCulture,
        $"{peer.PublicKey} {peer.Endpoint} {string.Join(',', peer.GetAllowedPrefixes())} "
        + $"{new DateTimeOffset(peer.LastHandshake!.Value).ToUnixTimeSeconds()} {peer.RxBytes} {peer.TxBytes}");

    private static string Dump(string device)
    {
        var start = new ProcessStartInfo("wg", ["show", device, "dump"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException("wg show dump failed.");
    }
}
