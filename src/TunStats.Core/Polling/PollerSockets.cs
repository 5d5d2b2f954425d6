using System;
using TunStats.Links;

namespace TunStats.Polling;

/// <summary>The two sockets of a poller: one to ask, one to hear of changes.</summary>
internal sealed class PollerSockets(LinkClient client, LinkWatch watch) : IDisposable
{
    internal LinkClient Client => client;

    internal LinkWatch Watch => watch;

    public void Dispose()
    {
        client.Dispose();
        watch.Dispose();
    }
}
