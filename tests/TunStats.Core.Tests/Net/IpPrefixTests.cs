using System;
using System.Linq;
using TunStats.Net;
using Xunit;

namespace TunStats.Tests.Net;

public sealed class IpPrefixTests
{
    [Theory]
    [InlineData("192.168.1.1/24", "192.168.1.0/24")]
    [InlineData("1.2.3.4/0", "0.0.0.0/0")]
    [InlineData("1.2.3.4/32", "1.2.3.4/32")]
    [InlineData("2001:db8:50:1:2:3:4:5/48", "2001:db8:50::/48")]
    [InlineData("2001:db8:50:1:2:3:4:5/64", "2001:db8:50:1::/64")]
    [InlineData("2001:db8:50:1:ffff::/65", "2001:db8:50:1:8000::/65")]
    [InlineData("2001:db8::1/128", "2001:db8::1/128")]
    [InlineData("fe80::1/0", "::/0")]
    [InlineData("::ffff:1.2.3.4/100", "::ffff:0.0.0.0/100")]
    public void TextComesBackAndIsMasked(string text, string masked)
    {
        IpPrefix prefix = IpPrefix.Parse(text);
        Assert.Equal(text, prefix.ToString());
        Assert.Equal(masked, prefix.Masked().ToString());
        Assert.True(prefix.Contains(prefix.Address));
        Assert.True(prefix.Contains(prefix.Masked()) && prefix.Masked().Contains(prefix));
    }

    [Theory]
    [InlineData("", IpParseError.Empty)]
    [InlineData("1.2.3.4", IpParseError.LengthMissing)]
    [InlineData("1.2.3.4/", IpParseError.LengthInvalid)]
    [InlineData("1.2.3.4/+8", IpParseError.LengthInvalid)]
    [InlineData("1.2.3.4/08", IpParseError.LengthInvalid)]
    [InlineData("1.2.3.4/255.255.255.0", IpParseError.LengthInvalid)]
    [InlineData("1.2.3.4/33", IpParseError.LengthTooLarge)]
    [InlineData("1.2.3.4/99999999999", IpParseError.LengthTooLarge)]
    [InlineData("::/129", IpParseError.LengthTooLarge)]
    [InlineData("1.2.3/8", IpParseError.TooFewOctets)]
    [InlineData("fe80::1%eth0/64", IpParseError.ZoneNotAllowed)]
    [InlineData("/8", IpParseError.Empty)]
    public void RefusalSaysWhichAndWhy(string text, IpParseError reason)
    {
        Assert.False(IpPrefix.TryParse(text, out IpPrefix prefix, out IpParseError error));
        Assert.Equal(reason, error);
        Assert.False(prefix.IsValid);
        string message = Assert.Throws<FormatException>(() => IpPrefix.Parse(text)).Message;
        Assert.Contains($"'{text}'", message, StringComparison.Ordinal);
        Assert.Contains(reason.Describe(), message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("1.2.3.0/24", "::ffff:1.2.3.4", false)]
    [InlineData("::/0", "::ffff:1.2.3.4", true)]
    [InlineData("fe80::/10", "fe80::1%eth0", false)]
    [InlineData("2001:db8::/127", "2001:db8::1", true)]
    [InlineData("2001:db8::/127", "2001:db8::2", false)]
    public void MembershipIsThatOfNetip(string prefix, string address, bool member) =>
        Assert.Equal(member, IpPrefix.Parse(prefix).Contains(IpAddr.Parse(address)));

    [Fact]
    public void AnAddressAloneCanStandForThePrefixThatHoldsOnlyIt()
    {
        Assert.True(IpPrefix.TryParsePrefixOrAddress("1.2.3.4", out IpPrefix four, out _));
        Assert.True(IpPrefix.TryParsePrefixOrAddress("::1", out IpPrefix six, out _));
        Assert.Equal(("1.2.3.4/32", "::1/128"), (four.ToString(), six.ToString()));
        Assert.True(four.IsSingleAddress && six.IsSingleAddress);
        Assert.False(IpPrefix.TryParsePrefixOrAddress("fe80::1%eth0", out _, out IpParseError error));
        Assert.Equal(IpParseError.ZoneNotAllowed, error);
    }

    [Fact]
    public void OrderIsByFamilyAddressAndLength()
    {
        string[] ordered =
        [
            "1.2.3.0/24", "1.2.3.4/24", "1.2.3.0/25", "10.0.0.0/8", "10.0.0.0/16", "::/0", "::1/128", "fe80::/10",
        ];
        Assert.Equal(ordered, ordered.Reverse().Select(IpPrefix.Parse).Order().Select(p => p.ToString()));
    }

    [Fact]
    public void LengthsThatDoNotFitAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpPrefix(IpAddr.Parse("1.2.3.4"), 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpPrefix(IpAddr.Parse("::"), -1));
        Assert.Throws<ArgumentException>(() => new IpPrefix(default, 0));
        Assert.Equal(string.Empty, default(IpPrefix).ToString());
        Assert.False(default(IpPrefix).Contains(default(IpAddr)));
    }
}
