using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Tests.Fakes;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.Links;

/// <summary>Every reply of tundevstats_responses.json, with the outcome that the design gives it.</summary>
public sealed class ConformanceTests
{
    private static readonly JsonElement File = VectorFile.Read("tundevstats_responses.json");

    // Where the design decides otherwise than the original, and what it says of the original's errors.
    private static readonly Dictionary<string, (Type Exception, string Part)> Errors = new()
    {
        ["wrong_ifindex_in_reply"] = (typeof(TunStatsException), "index 7 and answered about index 8"),
        ["buffer_too_short_191"] =
            (typeof(TunStatsException), "191 bytes of link counters (IFLA_STATS_LINK_64); at least 192"),
        ["buffer_empty_attr"] = (typeof(TunStatsException), "sent 0 bytes"),
        ["no_link64_attr"] = (typeof(TunStatsException), "holds no counters"),
        ["no_attrs"] = (typeof(TunStatsException), "holds no counters"),
        ["payload_8_bytes"] = (typeof(NetlinkException), "has 8 bytes; struct if_stats_msg needs at least 12"),
        ["payload_empty"] = (typeof(NetlinkException), "has 0 bytes; struct if_stats_msg needs at least 12"),
        ["wrong_type_newlink"] = (typeof(NetlinkException), "type 92, got one of type 16"),
        ["two_messages"] = (typeof(NetlinkException), "got 2 in one reply"),
        ["zero_messages"] = (typeof(NetlinkException), "no answer"),
        ["attr_length_beyond_payload"] = (typeof(NetlinkException), "claims 400 bytes where 196 are left"),
        ["wrong_sequence"] = (typeof(NetlinkException), "no answer"),
        ["live_missing_ifindex_ENODEV"] = (typeof(TunStatsException), "no network interface with the index 999999"),
        ["live_mask0_EINVAL"] = (typeof(NetlinkException), "Invalid argument (EINVAL)"),
        ["live_ifindex0_EINVAL"] = (typeof(NetlinkException), "Invalid argument (EINVAL)"),
        ["live_short_request_EINVAL"] = (typeof(NetlinkException), "Invalid argument (EINVAL)"),
    };

    public static TheoryData<string> Names() => [.. File.GetProperty("responses").EnumerateArray()
        .Select(r => r.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ReplyHasTheOutcomeOfTheDesign(string name)
    {
        JsonElement vector = File.GetProperty("responses").EnumerateArray()
            .Single(r => r.GetProperty("name").GetString() == name);
        byte[][] replies = [.. vector.GetProperty("responseMessagesHex").EnumerateArray()
            .Select(h => Convert.FromHexString(h.GetString()!))];
        byte[] request = Convert.FromHexString(vector.GetProperty("requestHex").GetString()!);
        int index = request.Length >= 24 ? BitConverter.ToInt32(request, 20) : 1;
        var socket = new FakeNetlinkSocket { PortId = PortIdOf(replies) };
        if (name == "two_messages")
        {
            replies = [NetlinkBytes.Join(replies)];
        }

        socket.OnSend = (fake, sent) => fake.Queue(Resequence(replies, request, sent));
        using var client = new LinkClient(new NetlinkConnection(socket), TimeProvider.System);

        if (Errors.TryGetValue(name, out (Type Exception, string Part) expected))
        {
            Exception error = Assert.ThrowsAny<Exception>(() => client.ReadCounters(index));
            Assert.IsType(expected.Exception, error);
            Assert.Contains(expected.Part, error.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("ok", vector.GetProperty("upstream").GetString());
            AssertCounters(vector.GetProperty("stats"), client.ReadCounters(index));
        }
    }

    [Fact]
    public void RequestIsTheOriginalsByteForByte()
    {
        JsonElement vector = File.GetProperty("responses").EnumerateArray().First();
        var socket = new FakeNetlinkSocket { PortId = 0 };
        socket.Queue(Convert.FromHexString(vector.GetProperty("responseMessagesHex")[0].GetString()!));
        using var client = new LinkClient(new NetlinkConnection(socket), TimeProvider.System);

        Assert.Equal(1ul, client.ReadCounters(7).TxDropped);

        Assert.Equal(Convert.FromHexString(vector.GetProperty("requestHex").GetString()!), socket.Sent.Single());
    }

    [Fact]
    public void SecondReplyInADatagramOfItsOwnIsDroppedByTheNextRequest()
    {
        var socket = new FakeNetlinkSocket();
        ulong drops = 0;
        socket.OnSend = (fake, sent) =>
        {
            drops++;
            uint sequence = FakeNetlinkSocket.SequenceOf(sent);
            fake.Queue(NetlinkBytes.Stats(7, drops, sequence, fake.PortId));
            fake.Queue(NetlinkBytes.Stats(7, drops + 1000, sequence, fake.PortId));
        };
        using var client = new LinkClient(new NetlinkConnection(socket), TimeProvider.System);

        Assert.Equal(1ul, client.ReadCounters(7).TxDropped);
        Assert.Equal(2ul, client.ReadCounters(7).TxDropped);
    }

    private static void AssertCounters(JsonElement expected, LinkCounters counters)
    {
        var stats = new RtnlLinkStats64("tun0", 7, "tun", DateTime.UnixEpoch, counters);
        Dictionary<string, PropertyInfo> properties = typeof(RtnlLinkStats64).GetProperties()
            .Where(p => p.PropertyType == typeof(ulong) || p.PropertyType == typeof(ulong?))
            .ToDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(25, properties.Count);
        foreach (JsonProperty counter in expected.EnumerateObject())
        {
            Assert.Equal(counter.Value.GetUInt64(), (ulong?)properties[counter.Name].GetValue(stats));
            properties.Remove(counter.Name);
        }

        // What the vector does not name is zero, and the newest counter null where the kernel sent 192 bytes.
        Assert.All(properties.Values, p => Assert.True(p.GetValue(stats) is null or 0ul, p.Name));
    }

    private static uint PortIdOf(byte[][] replies) =>
        replies.Length == 0 ? 0 : MemoryMarshal.Read<nlmsghdr>(replies[0]).nlmsg_pid;

    /// <summary>
    /// Moves the replies' sequence to that of the request really sent, keeping any difference that they had.
    /// </summary>
    private static byte[][] Resequence(byte[][] replies, byte[] original, byte[] sent)
    {
        uint shift = FakeNetlinkSocket.SequenceOf(sent) - FakeNetlinkSocket.SequenceOf(original);
        return [.. replies.Select(reply =>
        {
            byte[] copy = [.. reply];
            for (int at = 0; at < copy.Length; at += (int)BitConverter.ToUInt32(copy, at))
            {
                BitConverter.TryWriteBytes(copy.AsSpan(at + 8), BitConverter.ToUInt32(copy, at + 8) + shift);
            }

            return copy;
        })];
    }
}
