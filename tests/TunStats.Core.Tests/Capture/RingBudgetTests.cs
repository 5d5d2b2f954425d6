using System;
using TunStats.Capture;
using Xunit;

namespace TunStats.Tests.Capture;

public sealed class RingBudgetTests
{
    private const long KiB = 1024;
    private const long MiB = 1024 * KiB;

    [Theory]
    [InlineData(1, 32 * MiB)]
    [InlineData(2, 20 * MiB)]
    [InlineData(3, 40 * MiB / 3)]
    [InlineData(4, 10 * MiB)]
    [InlineData(5, 8 * MiB)]
    [InlineData(64, 8 * MiB)]
    [InlineData(65, 512 * MiB / 65)]
    [InlineData(1024, 512 * KiB)]
    [InlineData(4096, 128 * KiB)]
    [InlineData(10_000, 128 * KiB)]
    public void DevicesShareTheBudget(int devices, long bytes) =>
        Assert.Equal(bytes, RingBudget.PerDevice(devices));

    [Fact]
    public void MoreDevicesNeverGetMoreEachNorLessTogetherUpToTheLimit()
    {
        for (int devices = 1; devices < 4096; devices++)
        {
            long each = RingBudget.PerDevice(devices), next = RingBudget.PerDevice(devices + 1);
            Assert.InRange(next, RingBudget.Smallest, each);
            Assert.InRange(each * devices, RingBudget.OneDevice, RingBudget.Total);
        }
    }

    [Fact]
    public void ASizeThatIsAskedForHoldsForEachDevice()
    {
        Assert.Equal(64 * MiB, RingBudget.PerDevice(1, 64 * MiB));
        Assert.Equal(64 * MiB, RingBudget.PerDevice(100, 64 * MiB));
        Assert.Equal(128 * KiB, RingBudget.PerDevice(1, RingBudget.Smallest));
        Assert.Throws<ArgumentOutOfRangeException>(() => RingBudget.PerDevice(1, RingBudget.Smallest - 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RingBudget.PerDevice(1, RingBudget.Largest + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RingBudget.PerDevice(0));
    }

    [Theory]
    [InlineData(32 * MiB, 512)]
    [InlineData(8 * MiB, 128)]
    [InlineData((2 * MiB) - 1, 31)]
    [InlineData(200 * KiB, 3)]
    [InlineData(128 * KiB, 2)]
    public void ARingIsMadeOfManySmallBlocks(long bytes, uint blocks) =>
        Assert.Equal((64 * KiB, blocks), RingBudget.Shape(bytes));
}
