using System;
using System.Text;
using System.Text.Json;
using TunStats.Net;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.Net;

public sealed class NanoTimeTests
{
    [Fact]
    public void TextsAreTheVectors()
    {
        foreach (JsonElement row in VectorFile.Read("netlog_json_golden.json").GetProperty("times").EnumerateArray())
        {
            NanoTime time = NanoTime.FromUnix(
                row.GetProperty("unixSeconds").GetInt64(), row.GetProperty("nanos").GetInt32());
            string text = row.GetProperty("text").GetString()!;
            Assert.Equal(text, time.ToString());
            Assert.Equal(time, NanoTime.Parse(text));
            Assert.True(NanoTime.TryParse(Encoding.UTF8.GetBytes(text), out NanoTime same));
            Assert.Equal(time, same);
        }
    }

    [Theory]
    [InlineData("2022-10-13T22:23:10.165+02:00", "2022-10-13T20:23:10.165Z")]
    [InlineData("2022-10-13T00:00:00-23:59", "2022-10-13T23:59:00Z")]
    [InlineData("2024-02-29T23:59:59.999999999Z", "2024-02-29T23:59:59.999999999Z")]
    [InlineData("2024-02-29T23:59:59.9999999999Z", "2024-02-29T23:59:59.999999999Z")]
    [InlineData("2024-02-29T23:59:59.10Z", "2024-02-29T23:59:59.1Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z")]
    public void TextsOfAnyOffsetAreRead(string text, string utc) => Assert.Equal(utc, NanoTime.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("2022-10-13")]
    [InlineData("2022-10-13 20:23:10Z")]
    [InlineData("2022-10-13t20:23:10z")]
    [InlineData("2022-10-13T20:23:10")]
    [InlineData("2022-10-13T20:23:10.Z")]
    [InlineData("2022-10-13T20:23:10,5Z")]
    [InlineData("2022-10-13T20:23:60Z")]
    [InlineData("2022-10-13T24:00:00Z")]
    [InlineData("2022-13-13T20:23:10Z")]
    [InlineData("2023-02-29T20:23:10Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+00:01")]
    [InlineData("9999-12-31T23:59:59-00:01")]
    [InlineData("2022-10-13T20:23:10+24:00")]
    [InlineData("2022-10-13T20:23:10+0200")]
    [InlineData("2022-10-13T20:23:10Zx")]
    [InlineData("2022-1\u0660-13T20:23:10Z")]
    public void OtherTextsAreRefused(string text)
    {
        Assert.False(NanoTime.TryParse(text, out NanoTime time));
        Assert.Equal(default, time);
        Assert.Contains(
            "RFC 3339", Assert.Throws<FormatException>(() => NanoTime.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DateTimesComeAndGo()
    {
        DateTime time = new DateTime(2022, 10, 13, 20, 23, 10, DateTimeKind.Utc).AddTicks(1234567);
        NanoTime nano = NanoTime.FromDateTime(time);
        Assert.Equal("2022-10-13T20:23:10.1234567Z", nano.ToString());
        Assert.Equal(time, nano.ToDateTime());
        Assert.Equal(DateTimeKind.Utc, nano.ToDateTime().Kind);
        Assert.Equal(nano, NanoTime.FromDateTimeOffset(new DateTimeOffset(time).ToOffset(TimeSpan.FromHours(5))));
        Assert.Equal(time, NanoTime.Parse("2022-10-13T20:23:10.123456799Z").ToDateTime());
        Assert.Equal("0001-01-01T00:00:00Z", default(NanoTime).ToString());
    }

    [Fact]
    public void ArithmeticCarriesOverSeconds()
    {
        NanoTime time = NanoTime.Parse("1969-12-31T23:59:59.999999999Z");
        Assert.Equal(-1, time.UnixSeconds);
        Assert.Equal("1970-01-01T00:00:00.000000099Z", time.Add(TimeSpan.FromTicks(1)).ToString());
        Assert.Equal("1969-12-31T23:59:58.999999999Z", time.Add(TimeSpan.FromSeconds(-1)).ToString());
        NanoTime zero = NanoTime.FromUnix(0);
        Assert.Equal("1969-12-31T23:59:59.9999999Z", zero.Add(TimeSpan.FromTicks(-1)).ToString());
        Assert.Equal(2.5, zero.Add(TimeSpan.FromSeconds(2.5)).SecondsSince(zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => NanoTime.FromUnix(0, 1_000_000_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => NanoTime.FromUnix(long.MaxValue));
    }

    [Fact]
    public void RandomTimesComeBackFromTheirText()
    {
        Random random = new(2);
        for (int i = 0; i < 20_000; i++)
        {
            long seconds = random.NextInt64(-62_135_596_800, 253_402_300_800);
            NanoTime time = NanoTime.FromUnix(seconds, random.Next(1_000_000_000));
            Assert.Equal(time, NanoTime.Parse(time.ToString()));
            Assert.StartsWith(
                time.ToDateTime().ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
                time.ToString(),
                StringComparison.Ordinal);
        }
    }
}
