using System;
using System.Collections.Generic;
using TunStats.IO;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.IO;

public sealed class SlowRunWatchTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<string> _warnings = [];

    [Fact]
    public void RunThatHangsIsReportedOnceWhileItRuns()
    {
        using var watch = new SlowRunWatch(_clock, _warnings.Add);
        watch.Begin("the command");
        _clock.Advance(SlowRunWatch.MaxTime - TimeSpan.FromTicks(1));
        Assert.Empty(_warnings);

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(
            ["the command has run for more than 30 s; no other alert is handled until it ends"], _warnings);
        watch.End();
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Single(_warnings);
    }

    [Fact]
    public void EachRunHasItsOwnTime()
    {
        using var watch = new SlowRunWatch(_clock, _warnings.Add);
        for (int run = 0; run < 3; run++)
        {
            watch.Begin("the command");
            _clock.Advance(SlowRunWatch.MaxTime / 2);
            watch.End();
        }

        Assert.Empty(_warnings);
    }

    [Fact]
    public void RunThatIsLeftBehindMayEnd()
    {
        var watch = new SlowRunWatch(_clock, _warnings.Add);
        watch.Begin("the command");
        watch.Dispose();
        watch.End();
        watch.Begin("the next command");
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_warnings);
    }
}
