using System;
using System.Collections.Generic;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Peers;

namespace TunStats.Sessions;

/// <summary>
/// Names the ends of connections by the peers of tunnels, then /etc/hosts, then DNS if requested. Peers and DNS are
/// queried on background threads: a slow one delays a window at most by its time limit.
/// </summary>
internal sealed class AddressNames : IPeerPollerSink, IDisposable
{
    private static readonly TimeSpan FirstLookLimit = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _dnsLimit;
    private readonly PeerPoller _poller;
    private readonly HostsFile _hosts;
    private readonly DnsNames? _dns;
    private readonly object _gate = new();
    private readonly SortedDictionary<string, TunPeerSnapshot> _snapshots = new(StringComparer.Ordinal);
    private Dictionary<IpAddr, string> _peers = [];

    /// <summary>Reads the peers for the first time.</summary>
    /// <param name="options">The options.</param>
    /// <param name="session">The session.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="Interop.TunStatsException">The text cannot name a namespace.</exception>
    internal AddressNames(FlowNameOptions options, FlowSessionOptions session, TimeProvider timeProvider)
    {
        _hosts = new HostsFile(options.HostsPath);
        _dns = options.UsesDns ? new DnsNames(options.Lookup ?? DnsNames.AskSystem, timeProvider) : null;
        TimeSpan half = session.Interval / 2 ?? TimeSpan.MaxValue;
        _dnsLimit = half < options.DnsLimit ? half : options.DnsLimit;
        var polled = new PeerPollerOptions
        {
            Names = [],
            NetworkNamespace = session.NetworkNamespace,
            Source = options.Peers,
        };
        _poller = new PeerPoller(polled, this, timeProvider, session.PeerDevices?.Invoke());
        _poller.Start();
        _poller.PollNow(FirstLookLimit);
    }

    /// <summary>The function that names the ends of a window's connections.</summary>
    internal Func<IpAddr, string?> Of(FlowReport report)
    {
        _hosts.Refresh();
        Dictionary<IpAddr, string> peers;
        lock (_gate)
        {
            peers = _peers;
        }

        if (_dns is { } dns)
        {
            for (int i = 0; i < report.CountToTake; i++)
            {
                FlowValues flow = report.GetValues(i);
                Ask(flow.Source.Address);
                Ask(flow.Destination.Address);
            }

            dns.Wait(_dnsLimit);

            void Ask(IpAddr address)
            {
                if (address.IsValid && !peers.ContainsKey(address) && _hosts.Find(address) is null)
                {
                    dns.FindOrAsk(address);
                }
            }
        }

        return address => !address.IsValid ? null
            : peers.GetValueOrDefault(address) ?? _hosts.Find(address) ?? _dns?.Find(address);
    }

    public void Dispose()
    {
        _poller.Dispose();
        _dns?.Dispose();
    }

    void IPeerPollerSink.OnPeers(PeerReport report)
    {
        lock (_gate)
        {
            TunPeerSnapshot now = report.Snapshot;
            bool isSame = _snapshots.TryGetValue(now.Device, out TunPeerSnapshot? last)
                && PeerNodes.HasSameNodes(last, now);
            _snapshots[now.Device] = now;
            if (!isSame)
            {
                Collect();
            }
        }
    }

    void IPeerPollerSink.OnAbsent(string device)
    {
        lock (_gate)
        {
            _snapshots.Remove(device);
            Collect();
        }
    }

    void IPeerPollerSink.OnError(Exception error, string? device)
    {
        // Names are optional: the last ones stay, and unnamed addresses are shown as they are.
    }

    void IPeerPollerSink.OnWarning(string message)
    {
        // About numbers of regions, which are not names.
    }

    private void Collect()
    {
        Dictionary<IpAddr, string> names = [];
        foreach (TunPeerSnapshot snapshot in _snapshots.Values)
        {
            foreach (TunPeer peer in snapshot.Self is { } self ? [self, .. snapshot.Peers] : snapshot.Peers)
            {
                string name = peer.Name.Length > 0 ? peer.Name : peer.HostName;
                foreach (IpAddr address in name.Length > 0 ? peer.AddressList : [])
                {
                    names.TryAdd(address, name);
                }
            }
        }

        _peers = names;
    }
}
