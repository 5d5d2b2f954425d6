using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using TunStats.Flows;
using TunStats.Views;
using Xunit;

namespace TunStats.Tests.Views;

public sealed class LiveScreenTests
{
    private static readonly LiveStyle Plain = new(HasColour: false, IsUnicode: true);

    private static readonly LiveFrame Frame = new()
    {
        Time = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        Device = new LiveDevice(
            "wg0", "up, mtu 1420", [0, 512, 1024], [2048, 0, 1024 * 1024], [0, 0, 12], Drops: 1500),
        Rows =
        [
            new("TCP", "laptop:51820", "db:443", FlowClass.Virtual, 1, 1024, 2048, 4096, 1024 * 1024),
            new("UDP", "100.64.0.1:5353", "[2001:db8:1234:5678:9abc:def0:1234:5678]:53", FlowClass.Exit, 1, 1, 2, 3, 4),
        ],
        Classes = [(FlowClass.Virtual, 3072), (FlowClass.Exit, 1024)],
        Connections = 2,
    };

    [Fact]
    public void ScreenOf80ColumnsReadsLikeThis()
    {
        Assert.Equal(
            """
            wg0  up, mtu 1420                                                      03:04:05Z
            Rx     1.00 KiB/s                                      █  max 1.00 KiB/s, 5 min
            Tx     1.00 MiB/s                                      █  max 1.00 MiB/s, 5 min
            Drop!        12/s                                      █  1500 in all, 5 min
            Virtual 3.00 KiB/s 75 %   Exit 1.00 KiB/s 25 %
            Proto  Source          Destination     Class        Sent/s Received/s      ▼Rate
            TCP    laptop:51820    db:443          Virtual    1.00 KiB   2.00 KiB   4.00 KiB
            UDP    100.64.0.1:5353 [2001:db8:1234… Exit            1 B        2 B        3 B



            q quit p pause s sort g group / filter d device n names h help     2 connections
            """,
            TextOf(new LiveSettings(), 80, 12, Plain), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void NarrowScreenHasLessAndAWideOneMore()
    {
        string narrow = TextOf(new LiveSettings(), 60, 12, Plain);
        Assert.Contains("\nProto  Source          Destination         Sent/s Received/s\n", narrow);
        string wide = TextOf(new LiveSettings(), 120, 12, Plain);
        Assert.Matches(@"\nUDP +100\.64\.0\.1:5353 +\[2001:db8:1234:5678:9abc.* Exit +1 B +2 B +3 B +4 B\n", wide);
        string widest = TextOf(new LiveSettings(), 200, 12, Plain);
        Assert.Contains("[2001:db8:1234:5678:9abc:def0:1234:5678]:53 ", widest);
    }

    [Theory]
    [InlineData(20, 3)]
    [InlineData(60, 8)]
    [InlineData(60, 24)]
    [InlineData(80, 24)]
    [InlineData(120, 40)]
    [InlineData(200, 60)]
    [InlineData(600, 100)]
    public void EveryLineIsAsWideAsTheScreenWhateverIsInIt(int width, int height)
    {
        string hostile = "\u001b[2J\u202egpj\u009b\u0007\u65e5\u672c\u8a9e" + new string('x', 300);
        LiveFrame frame = Frame with
        {
            Device = Frame.Device with { Name = hostile, State = hostile },
            Rows = [.. Enumerable.Repeat(Frame.Rows[0] with { From = hostile, To = hostile, Proto = hostile }, 200)],
            Message = hostile,
        };
        LiveSettings[] all =
        [
            new(), new() { GroupBy = FlowGrouping.Host }, new() { IsHelpShown = true }, new() { IsPaused = true },
            new() { IsTyping = true, Filter = "x" }, new() { Scroll = 1000 }, new() { Filter = hostile },
        ];
        foreach (LiveSettings settings in all)
        {
            foreach (LiveStyle style in (LiveStyle[])[Plain, new(true, true), new(false, false)])
            {
                IReadOnlyList<string> lines = LiveScreen.Draw(frame, settings, width, height, style);
                Assert.Equal(height, lines.Count);
                foreach (string line in lines.Select(WithoutStyle))
                {
                    Assert.Equal(width, CellText.Width(line));
                    Assert.DoesNotContain(line, c => char.IsControl(c) || c == '\u202e');
                    Assert.True(style.IsUnicode || line.All(char.IsAscii));
                }
            }
        }
    }

    [Fact]
    public void NothingIsSaidByColourAlone()
    {
        LiveStyle colour = new(HasColour: true, IsUnicode: true);
        Assert.Equal(TextOf(new LiveSettings(), 80, 24, Plain), TextOf(new LiveSettings(), 80, 24, colour));
        string drawn = string.Join('\n', LiveScreen.Draw(Frame, new LiveSettings(), 80, 24, Plain));
        Assert.DoesNotMatch(@"\u001b\[(3|4|9)\dm", drawn);
        Assert.Matches(@"\u001b\[93mDrop!", string.Join('\n', LiveScreen.Draw(Frame, new(), 80, 24, colour)));
    }

    [Fact]
    public void SumsPausesFiltersAndHelpAreShown()
    {
        string sums = TextOf(new LiveSettings { GroupBy = FlowGrouping.Port, Sort = LiveSort.Total }, 80, 12, Plain);
        Assert.Matches(@"\nPort +Conns +Sent/s Received/s +Rate +▼Total\n", sums);
        Assert.Contains(" PAUSED 03:04:05Z", TextOf(new LiveSettings { IsPaused = true }, 80, 12, Plain));
        LiveSettings typing = new() { IsTyping = true, Filter = "db" };
        Assert.Contains("\nFilter: db_   Enter keeps it, Esc clears it", TextOf(typing, 80, 12, Plain));
        string none = string.Join('\n', LiveScreen.Draw(
            Frame with { Rows = [] }, new LiveSettings { Filter = "nothing" }, 80, 12, Plain));
        Assert.Contains("No row has 'nothing'.", none, StringComparison.Ordinal);
        Assert.Contains("  q          quit", TextOf(new LiveSettings { IsHelpShown = true }, 80, 24, Plain));
    }

    [Fact]
    public void KeysChangeWhatTheySay()
    {
        LiveSettings settings = After(new LiveSettings(), "g", "g", "s", "n", "d", "Down", "Down", "Up", "p");
        Assert.Equal((FlowGrouping.Peer, LiveSort.Sent), (settings.GroupBy, settings.Sort));
        Assert.True(settings is { ShowsAddresses: true, Device: 0, Scroll: 1, IsPaused: true, IsOver: false });
        Assert.Null(After(settings, "g", "g", "g", "g").GroupBy);
        Assert.Equal(-1, After(settings, "d", "d").Device);
        Assert.Equal(LiveSort.Rate, After(settings, "s", "s", "s", "s").Sort);

        LiveSettings filter = After(settings, "/", "q", "/", "x", "Backspace", "Enter");
        Assert.Equal(("q/", false, false), (filter.Filter, filter.IsTyping, filter.IsOver));
        Assert.Equal("", After(filter, "Escape").Filter);
        Assert.False(After(settings, "h", "x").IsHelpShown);
        Assert.True(After(settings, "q").IsOver);
        Assert.True(After(settings, "h", "q").IsOver);
    }

    [Theory]
    [InlineData("q", "q")]
    [InlineData("\u001b", "Escape")]
    [InlineData("\u001b[A\u001b[B\u001bOA\u001b[5~\u001b[6~\u001b[H", "Up Down Up PageUp PageDown Home")]
    [InlineData("\r\u007fä\u001b[1;5Cx", "Enter Backspace ä x")]
    [InlineData("\u001b[99999", "")]
    [InlineData("\u0001\u0000", "")]
    public void KeysAreReadFromWhatATerminalSends(string bytes, string keys) =>
        Assert.Equal(keys, string.Join(' ', LiveKeys.Read(System.Text.Encoding.UTF8.GetBytes(bytes))));

    [Fact]
    public void SparklineHasTheNewestAtTheRightAndShowsEveryValue()
    {
        Assert.Equal("  ▁█", Sparkline.Draw([0.001, 100], 4, 1, isUnicode: true));
        Assert.Equal("▄█ ", Sparkline.Draw([9, 1, 2, 4, 3, 0, 0], 3, 2, isUnicode: true));
        Assert.Equal(" .@", Sparkline.Draw([0, 1, 80], 3, 1, isUnicode: false));
        Assert.Equal("   ", Sparkline.Draw([], 3, 1, isUnicode: true));
    }

    private static LiveSettings After(LiveSettings settings, params string[] keys) =>
        keys.Aggregate(settings, (now, key) => now.After(key, devices: 2));

    private static string TextOf(LiveSettings settings, int width, int height, LiveStyle style) => string.Join(
        '\n', LiveScreen.Draw(Frame, settings, width, height, style).Select(line => WithoutStyle(line).TrimEnd()));

    private static string WithoutStyle(string line) => Regex.Replace(line, @"\u001b\[\d*m", "");
}
