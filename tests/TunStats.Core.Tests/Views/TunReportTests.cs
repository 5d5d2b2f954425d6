using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Views;
using Xunit;

namespace TunStats.Tests.Views;

public sealed class TunReportTests
{
    private static readonly DateTime Start = new(2026, 1, 2, 3, 4, 0, DateTimeKind.Utc);

    private static long CountOfOne()
    {
        var one = new TunReport();
        one.Add(Message());
        return one.FlowCount;
    }

    [Fact]
    public void EveryFigureIsThereAsText()
    {
        var report = new TunReport();
        report.Add(Message(), "/var/log/flows.jsonl");
        report.AddSample("wg0", Start.AddSeconds(10), TimeSpan.FromSeconds(5), new LinkTotals(10, 20, 3, 4, 5, 6));
        string text = TextOf(report.ToHtml("Branch office", Start));
        Assert.Contains("Branch office 2026-01-02 03:04:00Z to 2026-01-02 03:05:00Z · 60 s · flows.jsonl", text);

        // 1000 virtual, 500 subnet, 250 exit; the 7000 below the tunnel are not added.
        Assert.Contains("Total 1.71 KiB Sent 700 B Received 1.03 KiB Packets 7", text);
        Assert.Contains("Virtual 400 B 600 B 1000 B 57.1 %", text);
        Assert.Contains("Physical 6.84 KiB 0 B 6.84 KiB below the tunnel", text);
        Assert.Contains("TCP laptop:5000 100.64.0.1 → db:443 100.64.0.2 Virtual 400 B 600 B", text);
        Assert.Contains("wg0 10 B 20 B 3 4 11", text);
        Assert.Contains("laptop 100.64.0.1 db 100.64.0.2 1 400 B", text);
        Assert.Contains("443/TCP 400 B 600 B 1000 B 57.1 %", text);
        Assert.Contains("Names are written without .example.ts.net", text);
        Assert.Contains("Made by TunStats on 2026-01-02 03:04:00Z", text);
    }

    [Fact]
    public void RepeatsAreNotCounted()
    {
        var report = new TunReport();
        LinkTotals drops = new(10, 20, 3, 4, 5, 6);
        for (int copy = 0; copy < 2; copy++)
        {
            foreach (long number in (long[])[2, 1, 5, 4, 3])
            {
                report.Add(Message().Numbered("a", number));
                report.Add(Message().Numbered("b", number));
                report.AddSample("wg0", Start.AddSeconds(number), TimeSpan.FromSeconds(1), drops);
            }
        }

        // A device that is created again has a second sample of the same time.
        report.AddSample("wg0", Start.AddSeconds(5), TimeSpan.FromSeconds(1), drops with { TxBytes = 1 });
        Assert.Equal((10 * CountOfOne(), 6), (report.FlowCount, report.SampleCount));
        Assert.Equal(51UL, report.Devices["wg0"].TxBytes);
        Assert.Collection(
            report.Repeats.Warnings,
            warning => Assert.StartsWith("10 messages ", warning, StringComparison.Ordinal),
            warning => Assert.StartsWith("5 samples ", warning, StringComparison.Ordinal));
    }

    [Fact]
    public void MessagesWithoutALoggerAreAllCounted()
    {
        var report = new TunReport();
        report.Add(Message());
        report.Add(Message());
        Assert.Equal(2 * CountOfOne(), report.FlowCount);
        Assert.Empty(report.Repeats.Warnings);
    }

    [Fact]
    public void SetOfNumbersFindsExactlyWhatWasAdded()
    {
        var random = new Random(7);
        HashSet<long> expected = [];
        var set = new SequenceSet();
        for (int i = 0; i < 20_000; i++)
        {
            long number = random.Next(1, 5_000);
            Assert.Equal(expected.Add(number), set.Add(number));
        }

        foreach (long number in (long[])[long.MinValue, long.MaxValue, 0])
        {
            Assert.True(set.Add(number));
            Assert.False(set.Add(number));
        }
    }

    [Fact]
    public void NamesOfOthersAreTextAndNeverMarkup()
    {
        const string Name = "<script>alert(1)</script>'\"&amp;\u202egpj.\u001b[31m\ud800</title><img src=x onerror=a>";
        var report = new TunReport();
        report.Add(Message(Name), $"/tmp/{Name.Replace('/', '_')}");
        report.AddSample(Name, Start, TimeSpan.FromSeconds(1), new LinkTotals(1, 1, 1, 1, 1, 1));
        string html = report.ToHtml(Name);
        Assert.Equal(2, Regex.Count(html, "</?script"));
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;&#39;&quot;&amp;amp;\\u202egpj", html);
        Assert.DoesNotContain(html, c => char.IsControl(c) && c != '\n');
        Assert.DoesNotContain('\u202e', html);
        Assert.DoesNotContain(html, char.IsSurrogate);
    }

    [Fact]
    public void PageLoadsNothingAndAllowsNothing()
    {
        var report = new TunReport();
        report.Add(Message());
        string html = report.ToHtml();
        string policy = Regex.Match(html, "Content-Security-Policy\" content=\"([^\"]*)\"").Groups[1].Value;
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        foreach (string kind in (string[])["style", "script"])
        {
            string content = Regex.Match(html, $"<{kind}>(.*?)</{kind}>", RegexOptions.Singleline).Groups[1].Value;
            string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
            Assert.Contains($"{kind}-src 'sha256-{hash}'", policy, StringComparison.Ordinal);
        }

        Assert.DoesNotMatch(@"https?:|//\w|src=|@import|url\((?!#)", html);
        Assert.All(Regex.Matches(html, "href=\"([^\"]*)\""), link => Assert.StartsWith("#", link.Groups[1].Value));
        Assert.DoesNotMatch("\\sstyle=|\\son\\w+=", html);
    }

    [Fact]
    public void TwoHundredHostsAreARowForTheLargestAndOneForTheOthers()
    {
        var report = new TunReport();
        for (uint i = 0; i < 200; i++)
        {
            report.Add(Flow(0x64400001 + i, 0x64400001 + ((i + 1) % 200), 1000 - i));
        }

        string html = report.ToHtml();
        Assert.Contains("200 hosts; a row sends", html, StringComparison.Ordinal);
        string wide = Regex.Match(html, "<figure class=\"wide\".*?</figure>", RegexOptions.Singleline).Value;
        Assert.Equal(37, Regex.Count(wide, "<text class=\"name\""));
        Assert.Contains(">164 other hosts<", wide, StringComparison.Ordinal);
        Assert.Contains("<title>37 to 37: 1", wide, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryIsBoundedAndWhatIsLeftOutIsSaid()
    {
        var report = new TunReport(capacity: 100);
        for (uint i = 0; i < 10_000; i++)
        {
            report.Add(Flow(0x0a000001, 0x0b000000 + i, i % 500 == 0 ? 1_000_000ul : 10));
        }

        string text = TextOf(report.ToHtml());
        Assert.True(report.Connections.Count <= 100);
        Assert.Equal((20ul * 1_000_000) + (9_980 * 10), report.CountsOf(FlowClass.None).TotalBytes);
        Assert.Equal(20, report.Connections.Largest(20).Count(c => c.Value.Counts.TotalBytes == 1_000_000));
        Assert.Contains("an entry may be up to", text, StringComparison.Ordinal);
        Assert.Contains("Connections at least", text, StringComparison.Ordinal);
    }

    [Fact]
    public void TimesThatCannotBeAreLeftOutOfTheChart()
    {
        var report = new TunReport();
        report.Add(Message());
        report.Add(new NetLogMessage { VirtualTraffic = [Entry("100.64.0.1:1", "100.64.0.2:2", 7000, 0)] });
        string text = TextOf(report.ToHtml());
        Assert.Contains("6.84 KiB have no valid time and are not in the chart", text, StringComparison.Ordinal);
        Assert.Contains("2026-01-02 03:04:00Z to 2026-01-02 03:05:00Z", text, StringComparison.Ordinal);
    }

    [Fact]
    public void SamplesAreReadAsThePollerWritesThem()
    {
        const string Good = """
            {"Name":"wg0","Timestamp":"2026-01-02T03:04:05.5Z","ElapsedSeconds":1,"Increase":{"RxBytes":1,"TxBytes":2,
            """;
        string sample = Good.TrimEnd() + "\"RxDropped\":3,\"TxDropped\":4,\"RxErrors\":5,\"TxErrors\":6}}";
        string first = sample.Replace("\"Increase\":{", "\"Increase\":null,\"x\":{", StringComparison.Ordinal);
        string log = $"{first}\n{sample}\r\n\nnonsense\n{{}}\n{new string('x', 200_000)}\n"
            + sample.Replace(":05.5Z", ":06.5Z", StringComparison.Ordinal);
        var report = new TunReport();
        List<long> bad = [];
        SampleLog.Read(new MemoryStream(Encoding.UTF8.GetBytes(log)), report, bad.Add, CancellationToken.None);
        Assert.Equal([4, 5, 6], bad);
        Assert.Equal(2, report.SampleCount);
        Assert.Equal(new LinkTotals(4, 2, 8, 6, 12, 10), report.Devices["wg0"]);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 30)]
    [InlineData(2, 4000)]
    [InlineData(3, 3_000_000)]
    [InlineData(4, 900_000_000)]
    public void ChartHasAllAmountsInAFewHundredBuckets(int seed, double range)
    {
        var random = new Random(seed);
        var series = new TimeSeries(2);
        double sum = 0;
        for (int i = 0; i < 2000; i++)
        {
            double from = 1_700_000_000 + (random.NextDouble() * range);
            series.Add(from, from + (random.NextDouble() * range / 10), 1, i);
            sum += i;
        }

        Assert.InRange(series.Count, 1, TimeSeries.MaxBuckets);
        Assert.Equal(sum, Enumerable.Range(0, series.Count).Sum(i => series.Amount(i, 1)), 1e-6 * sum);
        Assert.True(series.Start <= 1_700_000_000 && series.End >= 1_700_000_000 + (range / 2));
    }

    [Theory]
    [InlineData(1, 0, 1, false)]
    [InlineData(5, 0, 5, false)]
    [InlineData(5, 2, 5, true)]
    [InlineData(10, 0, 15, true)]
    [InlineData(0.5, 0.25, 1, true)]
    public void RowsAreAtLeastAsLongAsMostWindows(double window, double offset, int row, bool isSpread)
    {
        var report = new TunReport();
        for (int i = 0; i < 20; i++)
        {
            Add(i * window, window);
        }

        // The last window is shorter where the counting was stopped.
        Add(20 * window, window / 10);
        string html = report.ToHtml();
        Assert.Contains($"From (UTC), {row} s each", html, StringComparison.Ordinal);
        Assert.Equal(isSpread, html.Contains("rows are spread evenly", StringComparison.Ordinal));

        void Add(double from, double seconds)
        {
            DateTime start = new DateTime(2026, 1, 2, 3, 0, 0, DateTimeKind.Utc).AddSeconds(offset + from);
            DateTime end = start.AddSeconds(seconds);
            var time = new FlowWindow(NanoTime.FromDateTime(start), NanoTime.FromDateTime(end));
            report.Add(new TupleCounts(IpProtocol.Tcp, default, default, new FlowCounts(1, 476, 0, 0), time));
        }
    }

    [Fact]
    public void AmountsAreSpreadOverTheirTime()
    {
        var series = new TimeSeries(1);
        series.Add(100.5, 102.5, 0, 200);
        Assert.Equal([50, 100, 50], Enumerable.Range(0, series.Count).Select(i => series.Amount(i, 0)));
    }

    internal static TupleCounts Flow(uint source, uint destination, ulong bytes) => new(
        IpProtocol.Tcp,
        new AddrPort(IpAddr.FromIPv4(source), 1000),
        new AddrPort(IpAddr.FromIPv4(destination), 443),
        new FlowCounts(1, bytes, 0, 0),
        new FlowWindow(NanoTime.FromDateTime(Start), NanoTime.FromDateTime(Start.AddMinutes(1)), "wg0"));

    internal static NetLogMessage Message(string name = "laptop.example.ts.net") => new()
    {
        Start = Start,
        End = Start.AddMinutes(1),
        SrcNode = new NetLogNode { NodeId = "n1", Name = name, Addresses = ["100.64.0.1"] },
        DstNodes = [new NetLogNode { NodeId = "n2", Name = "db.example.ts.net", Addresses = ["100.64.0.2"] }],
        VirtualTraffic = [Entry("100.64.0.1:5000", "100.64.0.2:443", 400, 600)],
        SubnetTraffic = [Entry("100.64.0.1:5001", "192.168.7.9:80", 200, 300)],
        ExitTraffic = [new ConnectionCounts(default, default, default, new FlowCounts(2, 100, 1, 150))],
        PhysicalTraffic = [Entry("100.64.0.2:0", "203.0.113.7:41641", 7000, 0)],
    };

    private static ConnectionCounts Entry(string source, string destination, ulong tx, ulong rx) => new(
        IpProtocol.Tcp,
        AddrPort.Parse(source),
        AddrPort.Parse(destination),
        new FlowCounts(1, tx, rx > 0 ? 1u : 0, rx));

    /// <summary>What a reader without style and script has.</summary>
    private static string TextOf(string html)
    {
        string body = Regex.Replace(html, "<(style|script|svg).*?</\\1>", " ", RegexOptions.Singleline);
        string text = Regex.Replace(Regex.Replace(body, "</?(bdi|span)[^>]*>", ""), "<[^>]*>", " ");
        return Regex.Replace(WebUtility.HtmlDecode(text), @"\s+", " ");
    }
}
