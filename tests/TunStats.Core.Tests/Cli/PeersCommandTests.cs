using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using TunStats.Lab;
using TunStats.Peers;
using TunStats.Tests.Peers;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>The program itself, as users run it.</summary>
public sealed class PeersCommandTests
{
    // Unknown at a single reading.
    private static readonly string[] BetweenLooks =
        [nameof(TunPeer.RxBytesIncrease), nameof(TunPeer.TxBytesIncrease), nameof(TunPeer.PathSince)];

    [Fact]
    public async Task TableShowsThePeersOfTailscale()
    {
        using var server = new TailscaleServer { Status = TailscaleServer.Recorded("status-a-after.json") };

        (int code, string output, string error) = await Run("peers", "tailscale0", "--socket", server.Path);

        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Matches("^DEVICE +PEER +ADDRESSES +PATH +ENDPOINT/RELAY +RX +TX +HANDSHAKE$", lines[0]);
        Assert.Matches(
            @"^tailscale0 +tslab-b\.lab\.ts\.net +100\.64\.0\.2, fd7a:\S+ +Direct +10\.77\.0\.12:41641 +151 KiB "
            + @"+292 KiB +\d+ (s|min|h|d)$",
            lines[1]);
    }

    [Fact]
    public async Task JsonHasEveryPropertyThatOneLookKnows()
    {
        using var server = new TailscaleServer { Status = TailscaleServer.Recorded("status-b-derp.json") };

        (int code, string output, _) = await Run("peers", "--socket", server.Path, "--json");

        Assert.Equal(0, code);
        JsonElement peer = JsonDocument.Parse(output).RootElement;
        Assert.Equal(
            typeof(TunPeer).GetProperties().Select(p => p.Name).Except(BetweenLooks).Order(),
            peer.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal("Derp lab 231764", $"{peer.GetProperty("Path")} {peer.GetProperty("Relay")} "
            + $"{peer.GetProperty("RxBytes")}");
        Assert.Equal(JsonValueKind.Null, peer.GetProperty("Endpoint").ValueKind);
        Assert.Equal(JsonValueKind.True, peer.GetProperty("Online").ValueKind);
    }

    [Theory]
    [InlineData(1, "Nothing listens on the socket '/no/such.sock'", "peers", "--socket", "/no/such.sock")]
    [InlineData(1, "There is no network interface named 'nope0'", "peers", "nope0")]
    [InlineData(2, "--socket is of one device", "peers", "a", "b", "--socket", "/x.sock")]
    [InlineData(0, "", "peers", "no*such")]
    [InlineData(0, "", "peers", "lo")]
    public async Task MistakesAreReportedAndAbsenceIsNone(int exitCode, string what, params string[] arguments)
    {
        (int code, string output, string error) = await Run(arguments);

        Assert.Equal((exitCode, ""), (code, output));
        Assert.Contains(what, error, StringComparison.Ordinal);
        Assert.Equal(what.Length > 0 ? 1 : 0, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [ToolFact("wireguard-go")]
    public async Task DevicesOfANamespaceAreFoundByNameAndWithout()
    {
        using var pair = new WireGuardPair();

        string[] named = await Peers(pair.Left.Device);
        string[] wildcard = await Peers("wg*");
        string[] all = await Peers();

        Assert.Equal(
            [$"{pair.Left.Device} UserspaceWireGuard {WireGuardPair.RightIPv4}, {WireGuardPair.RightIPv6}"], named);
        Assert.Equal(named, wildcard);
        Assert.Equal(named, all);

        async Task<string[]> Peers(params string[] names)
        {
            (int code, string output, string error) =
                await Run(["peers", .. names, "--netns", pair.Left.Space.Path, "--json"]);
            Assert.Equal((0, ""), (code, error));
            return [.. Lines(output)];
        }

        static IEnumerable<string> Lines(string output) => output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(peer =>
                $"{peer.GetProperty("Device")} {peer.GetProperty("Source")} {peer.GetProperty("Addresses")}");
    }

    private static async Task<(int ExitCode, string Output, string Error)> Run(params string[] arguments)
    {
        using var program = new ConsoleProgram(arguments);
        return await program.EndAsync();
    }
}
