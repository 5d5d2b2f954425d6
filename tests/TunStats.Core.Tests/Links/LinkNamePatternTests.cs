using TunStats.Links;
using Xunit;

namespace TunStats.Tests.Links;

public sealed class LinkNamePatternTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("*", "wg0", true)]
    [InlineData("wg*", "wg0", true)]
    [InlineData("wg*", "WG0", false)]
    [InlineData("wg?", "wg", false)]
    [InlineData("wg?", "wg10", false)]
    [InlineData("*0", "tailscale0", true)]
    [InlineData("*a*b*c*", "xaybzc", true)]
    [InlineData("*a*b*c*", "xaybz", false)]
    [InlineData("wg[0-3]", "wg2", true)]
    [InlineData("wg[0-3]", "wg4", false)]
    [InlineData("wg[a13]", "wg1", true)]
    [InlineData("[tw]*", "tun0", true)]
    [InlineData("a`*b", "a*b", true)]
    [InlineData("a`*b", "axb", false)]
    [InlineData("lo", "lo", true)]
    [InlineData("lo", "lo1", false)]
    [InlineData("a[", "a[", true)]
    [InlineData("q[1]", "q[1]", true)]
    [InlineData("q[1]", "q1", true)]
    [InlineData("q[1]", "q[1", false)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("**a", "ba", true)]
    public void MatchesAsPowerShellDoes(string pattern, string name, bool expected) =>
        Assert.Equal(expected, new LinkNamePattern(pattern).IsMatch(name));

    [Theory]
    [InlineData("lo", false)]
    [InlineData("l*", true)]
    [InlineData("l?", true)]
    [InlineData("[l]o", true)]
    [InlineData("a`*b", false)]
    [InlineData("[a", false)]
    [InlineData("a[]", false)]
    [InlineData("a`", false)]
    public void EscapedSignsAreNoWildcards(string text, bool expected) =>
        Assert.Equal(expected, LinkNamePattern.HasWildcards(text));

    [Theory]
    [InlineData("a`*b", "a*b")]
    [InlineData("a``b", "a`b")]
    [InlineData("a`", "a`")]
    [InlineData("lo", "lo")]
    public void UnescapingGivesTheName(string text, string expected) =>
        Assert.Equal(expected, LinkNamePattern.Unescape(text));

    [Fact]
    public void ManyStarsTakeNoExponentialTime()
    {
        var pattern = new LinkNamePattern("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b");
        Assert.False(pattern.IsMatch(new string('a', 5000)));
    }
}
