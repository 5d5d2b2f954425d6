using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.NetLog;

public sealed class NetLogTextTests
{
    private static readonly JsonElement File = VectorFile.Read("netlogfmt.json");

    private static readonly NanoTime Start = NanoTime.Parse("2022-10-13T20:23:05.165Z");

    [Fact]
    public void TheTableIsThatOfTheVector()
    {
        JsonElement table = File.GetProperty("table");
        long nanos = (long)(table.GetProperty("durationSeconds").GetDecimal() * 1_000_000_000);
        JsonElement lists = table.GetProperty("message");
        NetLogMessage message = new()
        {
            NodeId = "n123",
            LogId = "abc",
            LoggedTime = Start,
            StartTime = Start,
            EndTime = Start.Add(TimeSpan.FromTicks(nanos / 100)),

            // Whatever their order is, the largest come first.
            VirtualTraffic = [.. lists.GetProperty("virtualTraffic").EnumerateArray().Select(NetLogVectors.Entry)
                .Reverse()],
            PhysicalTraffic = [.. lists.GetProperty("physicalTraffic").EnumerateArray().Select(NetLogVectors.Entry)],
        };
        string[] lines = NetLogText.Format(message).Split('\n');
        string[] want =
        [
            table.GetProperty("headingRule").GetString()!,
            "LogID:  abc",
            "NodeID: n123",
            "Logged: 2022-10-13 20:23:05.165Z",
            "Window: 2022-10-13 20:23:05.165Z (5.000s)",
            .. table.GetProperty("lines").EnumerateArray().Select(line => line.GetString()!),
            "",
        ];
        Assert.Equal(want, lines);

        StringBuilder alone = new("x");
        new NetLogTable(message, new NetLogTextOptions { LineEnd = "\r\n" }).AppendTo(alone, lineDone: null);
        Assert.Equal("x" + string.Join("\r\n", want[5..]), alone.ToString());
    }

    [Theory]
    [InlineData(0, 124, 1)]
    [InlineData(124, 124, 1)]
    [InlineData(119, 95, 2)]
    [InlineData(79, 59, 3)]
    public void AConnectionTakesMoreLinesWhereTheWidthIsLimited(int maxWidth, int widest, int lines)
    {
        NetLogMessage message = new()
        {
            StartTime = Start,
            EndTime = Start.Add(TimeSpan.FromSeconds(5)),
            VirtualTraffic =
            [
                new ConnectionCounts(
                    IpProtocol.IcmpV6,
                    AddrPort.Parse("[fd7a:115c:a1e0::1]:60935"),
                    AddrPort.Parse("[fd7a:115c:a1e0:1111:aaaa:bbbb:cccc:dddd]:53535"),
                    new FlowCounts(3, 12345, 0, 0)),
                new ConnectionCounts(default, default, default, new FlowCounts(1, 1, 0, 0)),
            ],
        };
        string[] rows = NetLogText.Format(message, new NetLogTextOptions { MaxWidth = maxWidth }).Split('\n');
        Assert.Equal(widest, rows.Max(row => row.Length));

        // Rules and headings, the connection, the one without ends, and what is after the last line's end.
        Assert.Equal(4 + lines + 2, rows.Length);
        Assert.StartsWith("    ICMPv6: [fd7a:115c:a1e0::1]:60935 ->", rows[4], StringComparison.Ordinal);
        Assert.DoesNotContain(rows[..^1], string.IsNullOrWhiteSpace);
    }

    [Fact]
    public void NumbersAreThoseOfTheVectors()
    {
        foreach (JsonElement row in File.GetProperty("formatSI").EnumerateArray())
        {
            Assert.Equal(
                row.GetProperty("want").GetString(), CoreConveniences.FormatSI(row.GetProperty("in").GetDouble()));
        }

        foreach (JsonElement row in File.GetProperty("formatIEC").EnumerateArray())
        {
            Assert.Equal(
                row.GetProperty("want").GetString(), CoreConveniences.FormatIEC(row.GetProperty("in").GetDouble()));
        }

        // In the middle, to the even one, as printf(3) does.
        string[] eighths = [.. new[] { 0.125, 0.375, 0.625, 0.875, 1.125, 2.5 }.Select(CoreConveniences.FormatSI)];
        Assert.Equal(["0.12 ", "0.38 ", "0.62 ", "0.88 ", "1.12 ", "2.50 "], eighths);
        Assert.Equal("18446744073.71G", CoreConveniences.FormatSI(ulong.MaxValue));
        Assert.False(NetLogText.TryFormatSI(1, new char[4], out int written));
        Assert.Equal(0, written);
    }

    [Fact]
    public void KindsOfNamesAreThoseOfTheVector()
    {
        foreach (JsonElement row in File.GetProperty("resolveAddrsFlag").EnumerateArray())
        {
            string text = row.GetProperty("in").GetString()!;
            string want = row.GetProperty("want").GetString()!;
            bool known = NetLogTextOptions.TryParseNames(text, out NetLogAddressNames names);
            Assert.Equal(want != "error", known);
            Assert.Equal(
                want is "error" or "" ? "none" : want, names.ToString(), ignoreCase: true);
        }

        Assert.False(NetLogTextOptions.TryParseNames("names of all the nodes", out _));
    }

    [Fact]
    public void NamesStandForAddresses()
    {
        JsonElement golden = VectorFile.Read("netlog_json_golden.json").GetProperty("messages");
        NetLogMessage message = NetLogVectors.Message(golden[3].GetProperty("value"));
        string users = NetLogText.Format(message, new NetLogTextOptions { Names = NetLogAddressNames.User });
        Assert.Contains("tag:bar,tag:foo:443 -> peer@example.com:1742", users, StringComparison.Ordinal);
        Assert.Contains(" tag:peer -> 35.92.180.165:9743", users, StringComparison.Ordinal);
        string names = NetLogText.Format(message, new NetLogTextOptions { Names = NetLogAddressNames.Name });
        Assert.Contains("test.tail123456.ts.net:443 -> peer2.tail123456.ts.net:1742", names, StringComparison.Ordinal);
        string ids = NetLogText.Format(message, new NetLogTextOptions { Names = NetLogAddressNames.NodeId });
        Assert.Contains("n123456CNTL:443 -> n123458CNTL:1742", ids, StringComparison.Ordinal);
        Assert.All([users, names, ids], text => Assert.Single(
            text.Split('\n')[3..^1].Select(line => line.Length).Distinct()));
    }

    [Fact]
    public void SumsWindowsAndOddTextsAreShown()
    {
        NetLogMessage sum = new()
        {
            NodeId = "n\u001b[31m",
            StartTime = Start,
            EndTime = Start.Add(TimeSpan.FromSeconds(2)),
            ExitTraffic = [new(0, default, default, new(3, ulong.MaxValue, 0, 1))],
        };
        string[] want =
        [
            @"NodeID: n\x1b[31m",
            "Window: 2022-10-13 22:23:05.165+02:00 (2.000s)",
            "------------  Tx[P/s]          Tx[B/s]  Rx[P/s]  Rx[B/s]",
            "ExitTraffic:    1.50   8589934592.00Gi    0.00    0.50  ",
        ];
        TimeZoneInfo zone = TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(2), "x", "x");
        string[] lines = NetLogText.Format(sum, new NetLogTextOptions { TimeZone = zone }).Split('\n');
        Assert.Equal(want, lines[1..^1]);

        // A window of no length has no rates; an entry without ends is shown if there are others.
        NetLogMessage empty = new()
        {
            SubnetTraffic = [new(0, default, default, default), new(6, default, default, new(9, 9, 9, 9))],
        };
        lines = NetLogText.Format(empty, new NetLogTextOptions { TimeZone = zone }).Split('\n');
        Assert.Equal("Window: 0001-01-01 00:00:00.000Z (0.000s)", lines[1]);
        Assert.Equal("    TCP:          0.00    0.00      0.00    0.00  ", lines[4]);
        Assert.Equal(7, lines.Length);
    }

    /// <summary>One address of a megabyte among a thousand entries; every row is as wide as the widest.</summary>
    [Fact]
    public void HostileTextIsCutAndEscapedAndCostsLittle()
    {
        string zone = new string('z', 100) + "\u001b[2J\u202e" + new string('y', 1 << 20);
        AddrPort hostile = new(IpAddr.Parse("fe80::1").WithZone(zone), 80);
        AddrPort plain = AddrPort.Parse("10.0.0.1:1");
        NetLogMessage message = new()
        {
            NodeId = new string('n', 1 << 20),
            ExitTraffic =
            [
                new(6, plain, hostile, new(1, 1, 1, 1)),
                .. Enumerable.Range(0, 1000).Select(i => new ConnectionCounts(
                    6, new AddrPort(plain.Address, (ushort)i), plain, new(2, 2, 2, 2))),
            ],
        };
        long length = 0, longest = 0;
        NetLogText.Write(message, null, text =>
        {
            length += text.Length;
            longest = Math.Max(longest, text.Length);
            Assert.Equal(-1, text.Span.IndexOfAny("\u001b\u202e"));
        });
        Assert.Equal(NetLogText.Format(message).Length, length);
        Assert.InRange(length, 1000 * 100, 1000 * 400);
        Assert.InRange(longest, 1, 2000);
        Assert.Contains(@"z\x1b[2J\u202ey", NetLogText.Format(message), StringComparison.Ordinal);

        // A table of a thousand rows of a megabyte would be gigabytes.
        GC.Collect();
        long before = GC.GetAllocatedBytesForCurrentThread();
        NetLogText.Write(message, null, _ => { });
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20 << 20);
    }
}
