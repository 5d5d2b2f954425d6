using System;
using System.Globalization;
using System.Linq;
using System.Text;
using TunStats.IO;
using Xunit;

namespace TunStats.Tests.IO;

/// <summary>What others chose commands no terminal.</summary>
public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("wg0", "wg0")]
    [InlineData("Zoë's pc ~ 日本 👍🏽 שלום", "Zoë's pc ~ 日本 👍🏽 שלום")]
    [InlineData("a\u001b[31mred", @"a\x1b[31mred")]
    [InlineData("a\nb\tc\0\u007f", @"a\x0ab\x09c\x00\x7f")]
    [InlineData("\u0080\u009b31m\u009f\u00a0", "\\u0080\\u009b31m\\u009f\u00a0")]
    [InlineData("gpj.\u202eexe", @"gpj.\u202eexe")]
    [InlineData("\u061c\u200e\u200f\u202a", @"\u061c\u200e\u200f\u202a")]
    [InlineData("\u2066\u2069\u2028\u2029", @"\u2066\u2069\u2028\u2029")]
    [InlineData(@"back\slash", @"back\slash")]
    public void OnlyWhatCommandsATerminalIsEscaped(string text, string shown)
    {
        Assert.Equal(shown, PrintableText.Escape(text));
        Assert.Equal(shown, PrintableText.Escape(text, text.Length));
        if (text == shown)
        {
            Assert.Same(text, PrintableText.Escape(text));
        }
    }

    /// <summary>An attribute cannot hold such texts.</summary>
    [Fact]
    public void HalfOfASurrogatePairIsEscaped()
    {
        Assert.Equal(@"\ud800x", PrintableText.Escape("\ud800x"));
        Assert.Equal(@"x\udc00\ud83d", PrintableText.Escape("x\udc00\ud83d"));
    }

    [Theory]
    [InlineData("776730", "wg0")]
    [InlineData("61ff62", @"a\xffb")]
    [InlineData("c3a9", "é")]
    [InlineData("c3", @"\xc3")]
    [InlineData("e280ae61", @"\xe2\x80\xaea")]
    [InlineData("1b5b41", @"\x1b[A")]
    [InlineData("c29b", @"\xc2\x9b")]
    [InlineData("eda080", @"\xed\xa0\x80")]
    [InlineData("f09f918d", "👍")]
    public void NameOfBytesHasEscapesForBytes(string hex, string shown) =>
        Assert.Equal(shown, PrintableText.Escape(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("abcdef", 3, "abc…")]
    [InlineData("abc", 3, "abc")]
    [InlineData("ab\u001bdef", 3, @"ab\x1b…")]
    [InlineData("ab👍c", 3, "ab…")]
    [InlineData("👍c", 2, "👍…")]
    [InlineData("x", 0, "…")]
    [InlineData("", 0, "")]
    public void LongTextIsCut(string text, int length, string shown) =>
        Assert.Equal(shown, PrintableText.Escape(text, length));

    /// <summary>Every UTF-16 unit, alone and in a random company, leaves nothing that commands a terminal.</summary>
    [Fact]
    public void NothingUnprintableIsLeft()
    {
        for (int c = 0; c <= char.MaxValue; c++)
        {
            Check(PrintableText.Escape(((char)c).ToString()));
        }

        var random = new Random(3);
        char[] nasty = ['\u001b', '\u202e', '\ud83d', '\udc4d', '\u0085', 'a', '\u2028', '\n', 'é'];
        byte[] bytes = new byte[12];
        for (int i = 0; i < 20_000; i++)
        {
            string text = new([.. Enumerable.Range(0, random.Next(8)).Select(_ => nasty[random.Next(nasty.Length)])]);
            Check(PrintableText.Escape(text));
            Check(PrintableText.Escape(text, random.Next(8)));
            random.NextBytes(bytes);
            Check(PrintableText.Escape(bytes));
        }

        static void Check(string shown)
        {
            foreach (Rune rune in shown.EnumerateRunes())
            {
                UnicodeCategory kind = Rune.GetUnicodeCategory(rune);
                bool isBidi = rune.Value is 0x61c or 0x200e or 0x200f or (>= 0x202a and <= 0x202e)
                    or (>= 0x2066 and <= 0x2069);
                Assert.False(
                    isBidi || kind is UnicodeCategory.Control or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator,
                    $"U+{rune.Value:x4}");
            }

            // A surrogate without its other half would not survive this.
            Assert.Equal(shown, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(shown)));
        }
    }
}
