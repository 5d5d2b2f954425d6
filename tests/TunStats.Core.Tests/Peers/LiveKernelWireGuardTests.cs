using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using TunStats.IO;
using TunStats.Lab;
using TunStats.Peers;
using Xunit;

namespace TunStats.Tests.Peers;

/// <summary>WireGuard of this kernel beside <c>wg show dump</c>, in a network namespace of the test's own.</summary>
public sealed class LiveKernelWireGuardTests
{
    private const string Device = "wgk0";

    /// <summary>So many peers and prefixes take many messages, and some peers more than one.</summary>
    [KernelWireGuardFact]
    public void PeersAreThoseThatWgShows()
    {
        const int Peers = 300, PrefixesOfOne = 2000;
        using var space = new PrivateNamespace();
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, Configuration(Peers, PrefixesOfOne));
            Run(space, "ip", "link", "add", Device, "type", "wireguard");
            Run(space, "wg", "setconf", Device, file);
        }
        finally
        {
            File.Delete(file);
        }

        using NetworkNamespace there = space.Open();
        using IPeerSource source = PeerSources.Open(Device, networkNamespace: there)!;
        TunPeerSnapshot snapshot = source.Read()!;

        Assert.Equal((Device, PeerSourceKind.KernelWireGuard), (source.Device, source.Kind));
        string[] lines = Run(space, "wg", "show", Device, "dump").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines[0].Split('\t')[1], snapshot.Self!.PublicKey);
        Assert.Equal(Peers, snapshot.Peers.Count);
        Assert.Equal(lines.Skip(1).Select(Shown).Order(), snapshot.Peers.Select(Read).Order());
        Assert.Contains(snapshot.Peers, peer => peer.GetAllowedPrefixes().Count == PrefixesOfOne);
    }

    /// <summary>public-key, preshared-key, endpoint, allowed-ips, latest-handshake, rx, tx, keepalive.</summary>
    private static string Shown(string line)
    {
        string[] fields = line.Split('\t');
        return $"{fields[0]} {fields[2]} {string.Join(',', fields[3].Split(',').Order())} {fields[4]} {fields[5]}";
    }

    private static string Read(TunPeer peer)
    {
        IEnumerable<string> prefixes = peer.GetAllowedPrefixes().Select(prefix => prefix.ToString()).Order();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{peer.PublicKey} {peer.Endpoint ?? "(none)"} {string.Join(',', prefixes)} 0 {peer.RxBytes}");
    }

    private static string Configuration(int peers, int prefixesOfOne)
    {
        var text = new StringBuilder($"[Interface]\nPrivateKey = {Key(255)}\n");
        for (int i = 0; i < peers; i++)
        {
            int prefixes = i == 7 ? prefixesOfOne : 2;
            IEnumerable<string> allowed = Enumerable.Range(0, prefixes).Select(n => i == 7
                ? $"10.{100 + (n / 256)}.{n % 256}.0/24"
                : n == 0 ? $"10.0.{i / 250}.{i % 250}/32" : $"fd00::{i:x}/128");
            text.Append(CultureInfo.InvariantCulture, $"[Peer]\nPublicKey = {Key(i)}\n");
            text.Append(i % 3 == 0 ? "" : $"Endpoint = {(i % 3 == 1 ? "192.0.2.7" : "[2001:db8::7]")}:51820\n");
            text.Append(CultureInfo.InvariantCulture, $"AllowedIPs = {string.Join(", ", allowed)}\n");
        }

        return text.ToString();
    }

    /// <summary>A key of this test alone.</summary>
    private static string Key(int number)
    {
        byte[] key = new byte[32];
        BitConverter.TryWriteBytes(key.AsSpan(4), number + 1);
        return Convert.ToBase64String(key);
    }

    private static string Run(PrivateNamespace space, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
        };
        using Process process = space.Run(() => Process.Start(start)!);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed.");
    }
}
