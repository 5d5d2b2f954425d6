using System;
using System.Linq;
using System.Threading;
using TunStats.Classes;
using TunStats.Net;
using TunStats.Routes;
using Xunit;

namespace TunStats.Tests.Fakes;

/// <summary>
/// Routes that change when a test says so. Of the prefixes, those with bits beyond their length are addresses:
/// 10.8.0.1/24 is one, 10.8.0.0/24 a route.
/// </summary>
internal sealed class FakeRouteFeed(params string[] prefixes) : IRouteFeed
{
    private readonly SemaphoreSlim _events = new(0);
    private readonly ManualResetEventSlim _waiting = new();
    private volatile bool _changed;

    public RouteSet Current { get; private set; } = Make(prefixes);

    public bool IsCurrent { get; init; } = true;

    internal bool IsDisposed { get; private set; }

    internal bool IsListening { get; private set; }

    /// <summary>Thrown by the next refresh or wait.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>Called while the events that come with one are awaited.</summary>
    internal Action? OnSettle { get; set; }

    public bool Refresh(CancellationToken cancellationToken)
    {
        Throw();
        bool changed = _changed;
        _changed = false;
        return changed;
    }

    public void Listen() => IsListening = true;

    public void WaitForEvent(CancellationToken cancellationToken)
    {
        _waiting.Set();
        _events.Wait(cancellationToken);
        _waiting.Reset();
        Throw();
    }

    public void Settle(CancellationToken cancellationToken) => OnSettle?.Invoke();

    public void Dispose() => IsDisposed = true;

    /// <summary>Waits until a watch waits for the next event, so that the one before was taken in.</summary>
    internal void AwaitWatch() =>
        Assert.True(_waiting.Wait(TimeSpan.FromSeconds(60)), "Nobody waits for events.");

    /// <summary>Changes the routes; an event says so.</summary>
    internal void Change(params string[] to)
    {
        ChangeUnheard(to);
        _waiting.Reset();
        _events.Release();
    }

    /// <summary>Changes the routes; the next refresh finds it.</summary>
    internal void ChangeUnheard(params string[] to)
    {
        Current = Make(to);
        _changed = true;
    }

    private static RouteSet Make(string[] prefixes) => new(prefixes.Select(IpPrefix.Parse).Select(prefix =>
        prefix.Masked() == prefix && !prefix.IsSingleAddress
            ? new FlowRoute(prefix, FlowRouteKind.Route, "feed")
            : new FlowRoute(IpPrefix.FromAddress(prefix.Address), FlowRouteKind.LocalAddress, "feed")
            {
                NetworkValue = prefix,
            }));

    private void Throw()
    {
        if (Failure is { } failure)
        {
            Failure = null;
            throw failure;
        }
    }
}
