using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.NetLog;
using TunStats.Packets;
using TunStats.Routes;
using Xunit;

namespace TunStats.Tests.NetLog;

public sealed class ClassifierSourceTests
{
    [Fact]
    public void WhatIsGivenDecidesBeforeFilesAndFilesBeforeDevices()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "subnet 10.1.0.0/16\nlocal 10.2.0.1\n");
            var feed = new Feed("10.1.0.0/16", "10.2.0.1/32", "10.3.0.0/16");
            var options = new ClassifierOptions { Routes = ["10.1.0.0/16"], RouteFiles = [file] };
            using ClassifierSource source = ClassifierSource.Of(options, feed);
            Assert.Equal("given as route", OriginOf(source, "10.1.2.3"));
            Assert.Equal($"{file}:2", OriginOf(source, "10.2.0.1"));
            Assert.Equal("feed", OriginOf(source, "10.3.0.1"));
            Assert.Equal(6, source.Current.Routes.Routes.Count);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void ChangeMakesAnotherClassifierAndLeavesTheOldOne()
    {
        var feed = new Feed("10.1.0.0/16");
        using ClassifierSource source = ClassifierSource.Of(new ClassifierOptions(), feed);
        FlowClassifier before = source.Current;
        Assert.False(source.Refresh());
        Assert.Same(before, source.Current);

        feed.Change("10.2.0.0/16");

        Assert.True(source.Refresh());
        Assert.Equal(AddressClass.Outside, source.Current.Classify(IpAddr.Parse("10.1.0.1")).Class);
        Assert.Equal(AddressClass.Subnet, source.Current.Classify(IpAddr.Parse("10.2.0.1")).Class);
        Assert.Equal(AddressClass.Subnet, before.Classify(IpAddr.Parse("10.1.0.1")).Class);
    }

    [Fact]
    public void OwnSubnetsAreAnOverlay()
    {
        var feed = new Feed("10.8.0.0/24", "192.168.0.0/16") { OwnSubnets = [IpPrefix.Parse("10.8.0.0/24")] };
        using ClassifierSource source = ClassifierSource.Of(new ClassifierOptions { Overlay = ["device"] }, feed);
        Assert.Equal(AddressClass.Tunnel, source.Current.Classify(IpAddr.Parse("10.8.0.9")).Class);
        Assert.Equal(AddressClass.Subnet, source.Current.Classify(IpAddr.Parse("192.168.0.9")).Class);
        FlowVerdict verdict = source.Current.Classify(IpAddr.Parse("10.8.0.1"), IpAddr.Parse("10.8.0.2"));
        Assert.Equal(FlowClass.Virtual, verdict.Class);
    }

    [Theory]
    [InlineData("10.0.0.0/33", "above 32")]
    [InlineData("010.0.0.1", "octal")]
    [InlineData("fe80::1%eth0/64", "zone")]
    [InlineData("", "empty")]
    public void TextThatIsNoPrefixIsNamedWithTheReason(string text, string reason)
    {
        foreach (ClassifierOptions options in new[]
        {
            new ClassifierOptions { Routes = [text] },
            new ClassifierOptions { LocalAddresses = [text] },
            new ClassifierOptions { Overlay = [text] },
        })
        {
            ClassifierException error = Assert.Throws<ClassifierException>(() => ClassifierSource.Open(options));
            Assert.Equal(ClassifierErrorKind.InvalidPrefix, error.Kind);
            Assert.Equal(text, error.Input);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void FileThatCannotBeReadIsNamed()
    {
        Assert.Equal(ClassifierErrorKind.RouteFileNotFound, Refusal("/proc/self/no-such-file"));
        Assert.Equal(ClassifierErrorKind.RouteFileUnreadable, Refusal("/proc/self"));
        Assert.Equal(ClassifierErrorKind.InvalidRouteFile, Refusal("/proc/self/stat"));

        static ClassifierErrorKind Refusal(string path) => Assert.Throws<ClassifierException>(
            () => ClassifierSource.Open(new ClassifierOptions { RouteFiles = [path] })).Kind;
    }

    [Fact]
    public void RoutesThatMayLackOneAreToldOf()
    {
        using ClassifierSource source = ClassifierSource.Of(
            new ClassifierOptions(), new Feed("10.0.0.0/8"), new Feed("10.1.0.0/16") { IsCurrent = false });
        Assert.False(source.IsCurrent);
    }

    [Fact]
    public void FeedsAreClosedWithTheSource()
    {
        var feed = new Feed("10.0.0.0/8");
        ClassifierSource.Of(new ClassifierOptions(), feed).Dispose();
        Assert.True(feed.IsDisposed);
    }

    private static string OriginOf(ClassifierSource source, string address) =>
        source.Current.Classify(IpAddr.Parse(address)).Route!.Origin;

    private sealed class Feed(params string[] prefixes) : IRouteFeed
    {
        private bool _changed;

        public RouteSet Current { get; private set; } = Make(prefixes);

        public IEnumerable<IpPrefix> OwnSubnets { get; init; } = [];

        public bool IsCurrent { get; init; } = true;

        internal bool IsDisposed { get; private set; }

        public bool Refresh(CancellationToken cancellationToken)
        {
            bool changed = _changed;
            _changed = false;
            return changed;
        }

        public void Dispose() => IsDisposed = true;

        internal void Change(params string[] to)
        {
            Current = Make(to);
            _changed = true;
        }

        private static RouteSet Make(string[] prefixes) =>
            new(RouteSet.From(prefixes.Select(IpPrefix.Parse), FlowRouteKind.Route, "feed"));
    }
}
