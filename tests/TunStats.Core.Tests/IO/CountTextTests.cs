using TunStats.IO;
using Xunit;

namespace TunStats.Tests.IO;

public sealed class CountTextTests
{
    [Theory]
    [InlineData(0, "0 polls were")]
    [InlineData(1, "1 poll was")]
    [InlineData(1000, "1000 polls were")]
    public void NounFollowsTheCount(long count, string text) =>
        Assert.Equal(text, CountText.Of(count, "poll was", "polls were"));
}
