using System;
using System.Globalization;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Netlink;

/// <summary>Mutated replies: no exception but the typed ones, no read outside the span.</summary>
public sealed class NetlinkFuzzTests
{
    private const int Inputs = 1_000_000;

    [Fact]
    public void MutatedRepliesGiveTypedErrorsAlone()
    {
        string? seedText = Environment.GetEnvironmentVariable("TUNSTATS_FUZZ_SEED");
        int seed = seedText is null ? Environment.TickCount : int.Parse(seedText, CultureInfo.InvariantCulture);
        var random = new Random(seed);
        byte[][] replies =
        [
            NetlinkBytes.Stats(7, 3, 1, 2),
            NetlinkBytes.Link(7, "tailscale0", "tun", 1, 2),
            NetlinkBytes.Error(22, 1, 2, "Invalid mask"),
            NetlinkBytes.Join([NetlinkBytes.Link(1, "lo", "x", 1, 2), NetlinkBytes.Link(2, "wg0", "wireguard", 1, 2)]),
            NetlinkBytes.Join([NetlinkBytes.Stats(7, 3, 1, 2), NetlinkBytes.Done(1, 2)]),
        ];
        int understood = 0, refused = 0;
        byte[] buffer = new byte[1024];
        for (int i = 0; i < Inputs; i++)
        {
            byte[] reply = replies[i % replies.Length];
            int length = Mutate(random, reply, buffer);
            try
            {
                Read(buffer.AsSpan(0, length));
                understood++;
            }
            catch (Exception e) when (e is NetlinkException or TunStatsException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, input {i}: {Convert.ToHexString(buffer.AsSpan(0, length))}: {e}");
            }
        }

        // Both ends were reached, or the mutations were no test.
        Assert.True(understood > Inputs / 100 && refused > Inputs / 100, $"{understood} understood, {refused} refused");
    }

    private static int Mutate(Random random, byte[] reply, byte[] buffer)
    {
        reply.CopyTo(buffer, 0);
        int length = random.Next(8) == 0 ? random.Next(reply.Length + 1) : reply.Length;
        for (int change = random.Next(4); change > 0 && length > 0; change--)
        {
            int at = random.Next(length);
            buffer[at] = random.Next(3) switch
            {
                0 => (byte)random.Next(256),
                1 => (byte)(buffer[at] ^ (1 << random.Next(8))),
                _ => (byte)(random.Next(2) * 255),
            };
        }

        return length;
    }

    /// <summary>Reads a datagram with every reader, regardless of its types.</summary>
    private static void Read(ReadOnlySpan<byte> datagram)
    {
        var messages = new NetlinkMessageReader(datagram);
        while (messages.TryRead(out NetlinkMessage message))
        {
            if (NetlinkControl.IsControl(message))
            {
                continue;
            }

            if (message.Type == RtnetlinkConstants.RTM_NEWLINK)
            {
                Assert.NotNull(LinkInfo.Parse(message).Name);
            }
            else
            {
                _ = LinkStatsMessage.TryParse(message, out _, out _);
            }
        }
    }
}
