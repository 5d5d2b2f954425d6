using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using TunStats.Interop;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Tests.Live;
using Xunit;

namespace TunStats.Tests.Links;

/// <summary>Names of any bytes: as text, back to bytes, and to the kernel.</summary>
public sealed class LinkNameTests
{
    [Theory]
    [InlineData("tailscale0", "74-61-69-6c-73-63-61-6c-65-30")]
    [InlineData("-x", "2d-78")]
    [InlineData("größe", "67-72-c3-b6-c3-9f-65")]
    [InlineData(@"\x1b[31m", "1b-5b-33-31-6d")]
    [InlineData(@"a\xff", "61-ff")]
    [InlineData(@"\xc2\x9b", "c2-9b")]
    [InlineData(@"\xe2\x80\xaeb", "e2-80-ae-62")]
    [InlineData(@"a\x20b", "61-20-62")]
    [InlineData(@"\xe3\x80\x80", "e3-80-80")]
    [InlineData(@"a\b", "61-5c-62")]
    [InlineData(@"\x5cx41", "5c-78-34-31")]
    public void TextAndBytesAreTheSameName(string text, string hex)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace("-", "", StringComparison.Ordinal));
        Assert.Equal(text, LinkName.FromBytes(bytes));
        Assert.Equal(bytes, LinkName.ToBytes(text));
    }

    [Fact]
    public void NoTwoNamesHaveTheSameText()
    {
        // All names of two bytes, and those of up to five out of what escapes are made of.
        List<byte[]> names = [];
        for (int i = 0; i < 65536; i++)
        {
            names.Add([(byte)(i >> 8), (byte)i]);
        }

        byte[] signs = [.. @"\x4af"u8, 0x4a, 0xff];
        for (int i = 0; i < Power(5); i++)
        {
            int number = i;
            names.Add([.. Enumerable.Range(0, 5).Select(d => signs[number / Power(d) % signs.Length])]);
        }

        int Power(int exponent) => (int)Math.Pow(signs.Length, exponent);

        var texts = new HashSet<string>();
        foreach (byte[] name in names)
        {
            string text = LinkName.FromBytes(name);
            Assert.True(texts.Add(text), text);
            Assert.Equal(name, LinkName.ToBytes(text));
            Assert.DoesNotContain(text, c => char.IsControl(c) || char.IsWhiteSpace(c));
        }
    }

    [Theory]
    [InlineData("a b", @"holds a blank. Write it as \x20")]
    [InlineData("a/b", "holds a slash")]
    [InlineData("a:b", "holds a colon")]
    [InlineData(@"a\x00", "holds a NUL")]
    [InlineData("", "empty")]
    [InlineData(".", "refuses")]
    public void WhatCannotBeANameIsSaid(string name, string part) =>
        Assert.Contains(part, LinkName.Validate(name), StringComparison.Ordinal);

    /// <summary>The kernel refuses blanks of ASCII alone (isspace).</summary>
    [Theory]
    [InlineData("\u0085nel", @"\xc2\x85nel")]
    [InlineData("\u3000", @"\xe3\x80\x80")]
    public void OtherBlanksAreTakenAndShownEscaped(string name, string text)
    {
        Assert.Null(LinkName.Validate(name));
        Assert.Equal(text, LinkName.Normalize(name));
        Assert.Contains($"named '{text}'", LinkErrors.NameNotFound(name).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LengthIsThatOfTheBytes()
    {
        Assert.Null(LinkName.Validate(new string('a', 127)));
        Assert.Contains("it has 128 bytes", LinkName.Validate(new string('a', 128)), StringComparison.Ordinal);
        Assert.Null(LinkName.Validate(string.Concat(Enumerable.Repeat(@"\xff", 127))));
    }

    [LiveFact]
    public void DevicesOfAnyNameAreReadAndNeverTakenForOneAnother()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        byte[][] names = [[0xff], [0xfe], [0xc3], "\u001b[31m"u8.ToArray(), @"\xff"u8.ToArray(), "-x"u8.ToArray()];
        for (int i = 0; i < names.Length; i += 2)
        {
            links.AddVeth("a", "b");
            links.Rename("a", names[i]);
            links.Rename("b", names[i + 1]);
        }

        using LinkClient client = space.Run(() => LinkClient.Open());
        string[] texts = [.. client.ListLinks(l => l.Kind == "veth").Items.Select(l => l.Name)];
        string[] expected = [@"\xff", @"\xfe", @"\xc3", @"\x1b[31m", @"\x5cxff", "-x"];
        Assert.Equal(expected.Order(StringComparer.Ordinal), texts.Order(StringComparer.Ordinal));
        Assert.Equal(names.Length, texts.Select(t => client.GetStats(t).Index).Distinct().Count());
    }

    [LiveFact]
    public void AlternativeNamesAreRead()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        links.AddVeth("wg0", "peer");
        string longest = new('n', LinkName.MaxAlternativeBytes);
        links.AddAlternativeName("wg0", Encoding.UTF8.GetBytes(longest));
        links.AddAlternativeName("wg0", "short"u8);
        links.AddAlternativeName("wg0", "with a blank"u8);

        using LinkClient client = space.Run(() => LinkClient.Open());
        LinkInfo link = client.GetLink("wg0");
        Assert.Equal(new[] { longest, "short", @"with\x20a\x20blank" }, link.AlternativeNames);
        foreach (string name in link.AlternativeNames)
        {
            Assert.Equal("wg0", client.GetStats(name).Name);
        }

        TunStatsException error = Assert.Throws<TunStatsException>(() => client.GetStats(new string('x', 20)));
        Assert.Equal(ErrorKind.DeviceNotFound, error.Kind);
    }
}
