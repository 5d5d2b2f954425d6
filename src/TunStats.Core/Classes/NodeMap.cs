using System;
using System.Collections.Generic;
using TunStats.Net;

namespace TunStats.Classes;

/// <summary>The nodes of an overlay network: this node and its peers, found by address. Immutable.</summary>
internal sealed class NodeMap
{
    private readonly Dictionary<IpAddr, NetLogNode> _byAddress = [];

    /// <summary>
    /// This node and its peers. If several have an address, this node wins, then the first peer.
    /// </summary>
    public NodeMap(NetLogNode self, IEnumerable<NetLogNode> peers)
    {
        ArgumentNullException.ThrowIfNull(self);
        ArgumentNullException.ThrowIfNull(peers);
        Self = self;
        Peers = [.. peers];
        Add(self);
        foreach (NetLogNode peer in Peers)
        {
            Add(peer);
        }
    }

    /// <summary>
    /// Whether nodes decide the classes; otherwise they only give names, and routes decide the classes.
    /// </summary>
    public bool DecidesClasses { get; init; } = true;

    /// <summary>This node.</summary>
    public NetLogNode Self { get; }

    /// <summary>The others.</summary>
    public IReadOnlyList<NetLogNode> Peers { get; }

    /// <summary>All known addresses with their nodes.</summary>
    public IReadOnlyDictionary<IpAddr, NetLogNode> ByAddress => _byAddress;

    /// <summary>The node with this address; null for none.</summary>
    public NetLogNode? Find(IpAddr address) => _byAddress.GetValueOrDefault(address);

    private void Add(NetLogNode node)
    {
        foreach (IpAddr address in node.AddressValues)
        {
            _byAddress.TryAdd(address, node);
        }
    }
}
