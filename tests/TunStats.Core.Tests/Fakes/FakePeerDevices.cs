using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Links;
using TunStats.Peers;

namespace TunStats.Tests.Fakes;

/// <summary>Devices that come and go as a test says, with the peers that it opens for them.</summary>
internal sealed class FakePeerDevices(Func<string, IPeerSource?> open) : IPeerDevices
{
    /// <summary>The devices of now.</summary>
    internal List<LinkInfo> Links { get; } = [];

    /// <summary>What a listing throws; null where it succeeds.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>How often a source was looked for.</summary>
    internal int Searches { get; private set; }

    internal bool IsDisposed { get; private set; }

    internal void Add(string name, int index) =>
        Links.Add(new LinkInfo { Name = name, Index = index, Kind = "tun" });

    public bool HasMoved() => false;

    public IReadOnlyList<LinkInfo> List(Predicate<LinkInfo> predicate, CancellationToken cancellationToken) =>
        Failure is { } failure ? throw failure : [.. Links.Where(link => predicate(link))];

    public IPeerSource? Find(LinkInfo link, CancellationToken cancellationToken)
    {
        Searches++;
        return open(link.Name);
    }

    public void Dispose() => IsDisposed = true;
}
