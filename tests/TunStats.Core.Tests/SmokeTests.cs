using TunStats.Interop;
using Xunit;

namespace TunStats.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void ErrnoNumbersAreTheKernels() => Assert.Equal(19, (int)Errno.ENODEV);
}
