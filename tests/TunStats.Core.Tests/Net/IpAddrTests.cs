using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;
using System.Text.Json;
using TunStats.Net;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.Net;

public sealed class IpAddrTests
{
    public static TheoryData<string, string, string> Texts()
    {
        TheoryData<string, string, string> data = [];
        foreach (JsonElement row in VectorFile.Read("netlog_json_golden.json").GetProperty("ipText").EnumerateArray())
        {
            data.Add(
                row.GetProperty("hex").GetString()!,
                row.GetProperty("text").GetString()!,
                row.GetProperty("withPort80").GetString()!);
        }

        return data;
    }

    public static TheoryData<string> Hazards() => new(VectorFile.Read("tailscale_ip.json")
        .GetProperty("parseHazards").GetProperty("cases").EnumerateArray()
        .Select(row => row.GetProperty("text").GetString()!));

    [Theory]
    [MemberData(nameof(Texts))]
    public void TextIsAsGoWritesIt(string hex, string text, string withPort80)
    {
        IpAddr address = new(Convert.FromHexString(hex));
        Span<byte> back = stackalloc byte[16];

        Assert.Equal(text, address.ToString());
        Assert.Equal(address, IpAddr.Parse(text));
        Assert.Equal(16, address.WriteBytes(back));
        Assert.Equal(Convert.FromHexString(hex), back);
        Assert.Equal(withPort80, new AddrPort(address, 80).ToString());
        Assert.Equal(new AddrPort(address, 80), AddrPort.Parse(withPort80));
    }

    [Theory]
    [MemberData(nameof(Hazards))]
    public void WhatGoRefusesIsRefused(string text)
    {
        Assert.False(IpAddr.TryParse(text, out IpAddr address));
        Assert.False(address.IsValid);
        Assert.False(IpAddr.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));
        Assert.Contains(
            $"'{text}'", Assert.Throws<FormatException>(() => IpAddr.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", IpParseError.Empty)]
    [InlineData("host", IpParseError.NotAnAddress)]
    [InlineData("%eth0", IpParseError.NotAnAddress)]
    [InlineData("010.1.2.3", IpParseError.OctetLeadingZero)]
    [InlineData("1.2.3.00", IpParseError.OctetLeadingZero)]
    [InlineData("1.2.3.256", IpParseError.OctetTooLarge)]
    [InlineData("1.2.3.444444444444444444444444444444444444444444444444444444444444444444", IpParseError.OctetTooLarge)]
    [InlineData("1..2.3", IpParseError.OctetMissing)]
    [InlineData(".1.2.3", IpParseError.OctetMissing)]
    [InlineData("1.2.3.", IpParseError.OctetMissing)]
    [InlineData("1.2.3", IpParseError.TooFewOctets)]
    [InlineData("1.2.3.4.5", IpParseError.TooManyOctets)]
    [InlineData("1.2.3.4.", IpParseError.TooManyOctets)]
    [InlineData("1.2.3.x", IpParseError.UnexpectedCharacter)]
    [InlineData("1.2.3.\u0664", IpParseError.UnexpectedCharacter)]
    [InlineData(" 1.2.3.4", IpParseError.UnexpectedCharacter)]
    [InlineData("1.2.3.4%eth0", IpParseError.ZoneNotAllowed)]
    [InlineData("::1%", IpParseError.ZoneEmpty)]
    [InlineData("::12345", IpParseError.GroupTooLong)]
    [InlineData(":1::", IpParseError.GroupMissing)]
    [InlineData("1:", IpParseError.GroupMissing)]
    [InlineData(":", IpParseError.GroupMissing)]
    [InlineData(":::", IpParseError.GroupMissing)]
    [InlineData("::g", IpParseError.UnexpectedCharacter)]
    [InlineData("1:2:3:4:5:6:7", IpParseError.TooFewGroups)]
    [InlineData("1:2:3:4:5:6:7:8:9", IpParseError.TooManyGroups)]
    [InlineData("1::2::3", IpParseError.SecondEllipsis)]
    [InlineData("1:2:3:4:5:6:7::8", IpParseError.EllipsisForNothing)]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4", IpParseError.EmbeddedIPv4Misplaced)]
    [InlineData("1:2:1.2.3.4", IpParseError.EmbeddedIPv4Misplaced)]
    [InlineData("::1.2.3", IpParseError.TooFewOctets)]
    [InlineData("::ffff:01.2.3.4", IpParseError.OctetLeadingZero)]
    [InlineData("::1.2.3.4:5", IpParseError.UnexpectedCharacter)]
    public void RefusalSaysWhy(string text, IpParseError reason)
    {
        Assert.False(IpAddr.TryParse(text, out _, out IpParseError error));
        Assert.Equal(reason, error);
        Assert.False(IpAddr.TryParse(Encoding.UTF8.GetBytes(text), out _, out error));
        Assert.Equal(reason, error);
        Assert.NotEqual(default(IpParseError).Describe(), error.Describe());
    }

    [Theory]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("::FFFF:1.2.3.4", "::ffff:1.2.3.4")]
    [InlineData("0000:0:0:0:0:0:0:0001", "::1")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304")]
    [InlineData("fe80::1%eth0", "fe80::1%eth0")]
    [InlineData("::ffff:1.2.3.4%a%b", "::ffff:1.2.3.4%a%b")]
    [InlineData("fe80::1%\u00e9\u20ac", "fe80::1%\u00e9\u20ac")]
    public void TextIsMadeCanonical(string text, string canonical)
    {
        IpAddr address = IpAddr.Parse(text);
        Assert.True(IpAddr.TryParse(Encoding.UTF8.GetBytes(text), out IpAddr same, out _));
        Assert.Equal(address, same);
        Assert.Equal(canonical, address.ToString());
        Assert.Equal(canonical, Utf8(address));
        Assert.Equal(canonical, Chars(address));
    }

    [Fact]
    public void TextOfRandomAddressesAgreesWithDotNetWhereItFollowsRfc5952()
    {
        Random random = new(1);
        Span<byte> bytes = stackalloc byte[16];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            for (int group = 1; group < 7; group++)
            {
                if (random.Next(3) != 0)
                {
                    bytes.Slice(group * 2, 2).Clear();
                }
            }

            // A first group of zero is where .NET writes dotted tails.
            bytes[0] = 0x20;
            if (bytes[8..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0x5e, 0xfe]))
            {
                continue;
            }

            IpAddr address = new(bytes);
            Assert.Equal(new IPAddress(bytes).ToString(), address.ToString());
            Assert.Equal(address, IpAddr.Parse(address.ToString()));
            IpAddr four = new(bytes[12..]);
            Assert.Equal(new IPAddress(bytes[12..]).ToString(), four.ToString());
            Assert.Equal(four, IpAddr.Parse(four.ToString()));
        }
    }

    [Fact]
    public void ADestinationThatIsTooShortIsRefused()
    {
        foreach (string text in (string[])["1.2.3.4", "2001:db8::1", "fe80::1%eth0"])
        {
            IpAddr address = IpAddr.Parse(text);
            for (int length = 0; length < text.Length; length++)
            {
                Assert.False(address.TryFormat(new char[length], out int chars));
                Assert.False(address.TryFormat(new byte[length], out int bytes));
                Assert.Equal(0, chars + bytes);
            }

            Assert.True(address.TryFormat(new char[text.Length], out int written));
            Assert.Equal(text.Length, written);
        }
    }

    [Fact]
    public void OrderIsThatOfNetip()
    {
        string[] ordered =
        [
            "0.0.0.0", "1.2.3.4", "42.0.0.1", "100.64.0.1", "255.255.255.255", "::", "::1", "::ffff:1.2.3.4",
            "fe80::1", "fe80::1%a", "fe80::1%b", "fe80::2",
        ];
        List<IpAddr> addresses = ordered.Reverse().Select(IpAddr.Parse).ToList();
        addresses.Add(default);
        addresses.Sort();
        Assert.Equal(default, addresses[0]);
        Assert.Equal(ordered, addresses.Skip(1).Select(a => a.ToString()));
        Assert.True(addresses[1].CompareTo(addresses[2]) < 0 && addresses[2].CompareTo(addresses[1]) > 0);
    }

    [Fact]
    public void MappedAddressIsIPv6UntilItIsUnmapped()
    {
        IpAddr mapped = IpAddr.Parse("::ffff:1.2.3.4");
        Assert.True(mapped.Is6 && mapped.Is4In6 && !mapped.Is4);
        Assert.NotEqual(IpAddr.Parse("1.2.3.4"), mapped);
        Assert.Equal(IpAddr.Parse("1.2.3.4"), mapped.Unmap());
        Assert.Equal(IpAddr.Parse("1.2.3.4"), mapped.WithZone("x").Unmap());
        Assert.Equal(IpAddr.Parse("::fffe:1.2.3.4"), IpAddr.Parse("::fffe:1.2.3.4").Unmap());
    }

    [Fact]
    public void InvalidAddressesAreRejected()
    {
        Assert.Equal(string.Empty, default(IpAddr).ToString());
        Assert.Throws<ArgumentException>(() => new IpAddr(new byte[5]));
        Assert.Throws<InvalidOperationException>(() => IpAddr.Parse("1.2.3.4").WithZone("eth0"));
    }

    private static string Utf8(IpAddr address)
    {
        Span<byte> buffer = stackalloc byte[128];
        Assert.True(address.TryFormat(buffer, out int written));
        return Encoding.UTF8.GetString(buffer[..written]);
    }

    private static string Chars(IpAddr address)
    {
        Span<char> buffer = stackalloc char[128];
        Assert.True(address.TryFormat(buffer, out int written));
        return buffer[..written].ToString();
    }
}
