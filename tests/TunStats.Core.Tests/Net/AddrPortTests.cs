using System;
using System.Linq;
using System.Text;
using TunStats.Net;
using Xunit;

namespace TunStats.Tests.Net;

public sealed class AddrPortTests
{
    [Theory]
    [InlineData("")]
    [InlineData("1.2.3.4:0")]
    [InlineData("1.2.3.4:80")]
    [InlineData("[::1]:65535")]
    [InlineData("[::ffff:1.2.3.4]:5")]
    [InlineData("[fe80::1%eth0]:80")]
    public void TextComesBack(string text)
    {
        AddrPort endpoint = AddrPort.Parse(text);
        Assert.Equal(text, endpoint.ToString());
        Assert.True(AddrPort.TryParse(Encoding.UTF8.GetBytes(text), out AddrPort same, out _));
        Assert.Equal(endpoint, same);
        char[] chars = new char[text.Length];
        byte[] bytes = new byte[text.Length];
        Assert.True(endpoint.TryFormat(chars, out int charsWritten));
        Assert.True(endpoint.TryFormat(bytes, out int bytesWritten));
        Assert.Equal(text, new string(chars, 0, charsWritten));
        Assert.Equal(text, Encoding.UTF8.GetString(bytes, 0, bytesWritten));
        if (text.Length > 0)
        {
            Assert.False(endpoint.TryFormat(chars.AsSpan(1), out _));
            Assert.False(endpoint.TryFormat(bytes.AsSpan(1), out _));
        }
    }

    [Theory]
    [InlineData("1.2.3.4", IpParseError.PortMissing)]
    [InlineData("1.2.3.4:", IpParseError.PortMissing)]
    [InlineData("[::1]", IpParseError.PortMissing)]
    [InlineData("[::1:80", IpParseError.BracketMissing)]
    [InlineData("1.2.3.4:65536", IpParseError.PortInvalid)]
    [InlineData("1.2.3.4:99999999999999999999", IpParseError.PortInvalid)]
    [InlineData("1.2.3.4:+8", IpParseError.PortInvalid)]
    [InlineData("[1.2.3.4]:80", IpParseError.BracketsAroundIPv4)]
    [InlineData("::1:80", IpParseError.BracketsNeeded)]
    [InlineData(":80", IpParseError.Empty)]
    [InlineData("[]:80", IpParseError.Empty)]
    [InlineData("1.2.3:80", IpParseError.TooFewOctets)]
    public void RefusalSaysWhy(string text, IpParseError reason)
    {
        Assert.False(AddrPort.TryParse(text, out AddrPort endpoint, out IpParseError error));
        Assert.Equal(reason, error);
        Assert.Equal(default, endpoint);
        Assert.Contains(
            reason.Describe(),
            Assert.Throws<FormatException>(() => AddrPort.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OrderIsByAddressThenPort()
    {
        string[] ordered = ["", "14.0.0.1:9", "100.1.2.3:80", "100.1.2.3:443", "[::1]:1", "[::1]:2"];
        Assert.Equal(ordered, ordered.Reverse().Select(AddrPort.Parse).Order().Select(e => e.ToString()));
    }

    [Fact]
    public void PortWithoutAddressIsDropped() => Assert.Equal(default, new AddrPort(default, 7));

    [Fact]
    public void WritingAllocatesNothing()
    {
        AddrPort[] endpoints = [AddrPort.Parse("100.101.102.103:65535"), AddrPort.Parse("[fd7a:115c:a1e0::1]:443")];
        byte[] buffer = new byte[64];
        Write();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int written = Write();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100 * (21 + 23), written);

        int Write()
        {
            int total = 0;
            for (int i = 0; i < 200; i++)
            {
                endpoints[i & 1].TryFormat(buffer, out int length);
                total += length;
            }

            return total;
        }
    }
}
