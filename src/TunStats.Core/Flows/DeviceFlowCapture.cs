using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Packets;

namespace TunStats.Flows;

/// <summary>
/// Counts the connections of devices, all at the same time: each has a ring, a table and windows of its own, and what
/// they have goes to one sink, window by window.
/// </summary>
public sealed class DeviceFlowCapture : IDisposable
{
    // Hardware types (ARPHRD_*) of devices on which no IP packet travels: CAN, netlink and vsock monitors.
    private static readonly ushort[] WithoutIp = [280, 824, 826];

    private readonly FlowMeterOptions _options;
    private readonly IFlowSink _sink;
    private readonly TimeProvider _timeProvider;
    private readonly List<PacketRing> _rings = [];

    /// <summary>Counts nothing before devices are opened and it is run.</summary>
    /// <param name="options">What is wanted; its warnings go to the sink.</param>
    /// <param name="sink">Takes what is counted.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public DeviceFlowCapture(FlowMeterOptions options, IFlowSink sink, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _sink = sink;
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>The names of the devices that are open.</summary>
    public IEnumerable<string> Devices => _rings.Select(ring => ring.Name);

    /// <summary>
    /// Opens devices. One that cannot be opened is told to the sink, and the others are; a wildcard that matches
    /// nothing is silence.
    /// </summary>
    /// <param name="names">Names and wildcards.</param>
    /// <param name="networkNamespace">The namespace that they are in; null for the caller's own.</param>
    /// <param name="cancellationToken">Ends the wait for the kernel.</param>
    /// <exception cref="NetlinkException">The kernel could not be asked.</exception>
    /// <exception cref="NetworkNamespaceException">The namespace may not be entered.</exception>
    public void Open(
        IEnumerable<string> names, NetworkNamespace? networkNamespace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        using LinkClient client = LinkClient.Open(networkNamespace, _timeProvider);
        foreach (string name in names)
        {
            if (!LinkNamePattern.HasWildcards(name))
            {
                string literal = LinkNamePattern.Unescape(name);
                TryOpen(name, networkNamespace, () => client.GetLink(literal, cancellationToken));
                continue;
            }

            var pattern = new LinkNamePattern(name);
            LinkList<LinkInfo> links = client.ListLinks(link => pattern.IsMatch(link.Name), cancellationToken);
            foreach (LinkInfo link in links.Items)
            {
                TryOpen(link.Name, networkNamespace, () => link);
            }
        }
    }

    /// <summary>
    /// Counts until as many windows were taken of each device as the options say, or the token is cancelled: then the
    /// windows under way are handed out as the last.
    /// </summary>
    /// <param name="cancellationToken">Ends the windows under way.</param>
    public void Run(CancellationToken cancellationToken = default)
    {
        if (_rings.Count == 0)
        {
            return;
        }

        // Reports wait for the sink only so far: then a device's windows grow, and its memory does not.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var items = new BlockingCollection<Item>(boundedCapacity: _rings.Count * 2);
        Thread[] threads =
        [
            .. _rings.Select(ring => new Thread(() => Count(ring, items, stop.Token))
            {
                IsBackground = true,
                Name = "TunStats windows",
            }),
        ];
        Array.ForEach(threads, thread => thread.Start());
        int running = threads.Length;
        try
        {
            while (running > 0)
            {
                using Item item = items.Take(CancellationToken.None);
                running -= item.IsLast ? 1 : 0;
                Tell(item);
            }
        }
        finally
        {
            // The sink may have thrown: what is still to come is thrown away, so that no thread is left waiting.
            stop.Cancel();
            while (running > 0)
            {
                using Item item = items.Take(CancellationToken.None);
                running -= item.IsLast ? 1 : 0;
            }

            Array.ForEach(threads, thread => thread.Join());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rings.ForEach(ring => ring.Dispose());
        _rings.Clear();
    }

    private void TryOpen(string name, NetworkNamespace? networkNamespace, Func<LinkInfo> find)
    {
        try
        {
            LinkInfo link = find();
            if (_rings.Exists(ring => ring.Name == link.Name))
            {
                return;
            }

            if (WithoutIp.Contains(link.HardwareType))
            {
                throw new PacketRingException(
                    PacketRingErrorKind.NoIpDevice,
                    $"'{link.Name}' is a device of the kind {link.Kind} (ARPHRD {link.HardwareType}), on which no IP "
                    + "packet travels. Name a tunnel or another network interface.",
                    errno: 0);
            }

            _rings.Add(PacketRing.Open(link.Name, networkNamespace, _timeProvider));
        }
        catch (Exception e) when (e is LinkException or PacketRingException)
        {
            _sink.OnError(e, name);
        }
    }

    private void Tell(Item item)
    {
        if (item.Report is not null)
        {
            _sink.OnReport(item.Report);
        }
        else if (item.Error is not null)
        {
            _sink.OnError(item.Error, item.Device);
        }
        else if (item.Warning is not null)
        {
            _sink.OnWarning(item.Warning);
        }
    }

    private void Count(PacketRing ring, BlockingCollection<Item> items, CancellationToken stop)
    {
        FlowMeterOptions options = _options with { Warn = text => items.Add(new Item(ring.Name) { Warning = text }) };
        try
        {
            foreach (FlowReport report in DeviceFlowMeter.Read(ring, options, _timeProvider, stop))
            {
                items.Add(new Item(ring.Name) { Report = report }, CancellationToken.None);
            }

            items.Add(new Item(ring.Name) { IsLast = true }, CancellationToken.None);
        }
        catch (Exception e)
        {
            // The thread's last frame: told by the one who runs the counting.
            items.Add(new Item(ring.Name) { Error = e, IsLast = true }, CancellationToken.None);
        }
    }

    private sealed class Item(string device) : IDisposable
    {
        internal string Device => device;

        internal FlowReport? Report { get; init; }

        internal Exception? Error { get; init; }

        internal string? Warning { get; init; }

        internal bool IsLast { get; init; }

        public void Dispose() => Report?.Dispose();
    }
}
