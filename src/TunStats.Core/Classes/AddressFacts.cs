using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Net;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>
/// All facts about addresses in one table: a single look-up returns whether an address is routed, in the overlay, a
/// node, this node or a service, and by which route or node. The prefixes of routes, overlay and nodes are merged; the
/// flags of a prefix include those of all prefixes that contain it.
/// </summary>
internal sealed class AddressFacts
{
    public const uint Routed = 1;
    public const uint Overlay = 2;
    public const uint Node = 4;
    public const uint Self = 8;
    public const uint Service = 16;
    public const int FlagBits = 5;
    public const uint FlagMask = (1 << FlagBits) - 1;

    private readonly PrefixTrie _trie;
    private readonly List<FlowRoute?> _routes = [null];

    public AddressFacts(RouteSet routes, OverlayRanges overlay, NodeMap? nodes)
    {
        HashSet<IpPrefix> prefixes = [.. routes.Entries.Select(entry => entry.Key)];
        prefixes.UnionWith(overlay.Included.Select(prefix => prefix.Masked()));
        prefixes.UnionWith(overlay.Excluded.Select(prefix => prefix.Masked()));
        prefixes.UnionWith(nodes?.ByAddress.Keys.Select(IpPrefix.FromAddress) ?? []);
        prefixes.Add(IpPrefix.FromAddress(TailscaleRanges.ServiceIPv4));
        prefixes.Add(IpPrefix.FromAddress(TailscaleRanges.ServiceIPv6));

        Dictionary<FlowRoute, uint> indexes = [];
        List<KeyValuePair<IpPrefix, uint>> answers = [];
        Covering<FlowRoute> routesOver = new(routes.Entries);
        Dictionary<IpPrefix, bool> isOverlay = [];
        foreach (IpPrefix prefix in overlay.Included)
        {
            isOverlay[prefix.Masked()] = true;
        }

        foreach (IpPrefix prefix in overlay.Excluded)
        {
            isOverlay[prefix.Masked()] = false;
        }

        Covering<bool> overlayOver = new(isOverlay);
        foreach (IpPrefix prefix in prefixes)
        {
            uint answer = 0;
            if (routesOver.Find(prefix) is { } route)
            {
                if (!indexes.TryGetValue(route, out uint index))
                {
                    index = (uint)_routes.Count;
                    indexes.Add(route, index);
                    _routes.Add(route);
                }

                answer |= Routed | (index << FlagBits);
            }

            answer |= overlayOver.Find(prefix) ? Overlay : 0;
            if (prefix.IsSingleAddress)
            {
                NetLogNode? node = nodes?.Find(prefix.Address);
                answer |= node is null ? 0 : ReferenceEquals(node, nodes!.Self) ? Node | Self : Node;
                answer |= TailscaleRanges.IsService(prefix.Address) ? Service : 0;
            }

            // 0 means no entry; a prefix without facts must still hide the shorter ones around it.
            answers.Add(KeyValuePair.Create(prefix, answer + 1));
        }

        _trie = new PrefixTrie(answers);
    }

    /// <summary>The flags in the lowest bits, the route above them; 0 if nothing is known.</summary>
    public uint Find(in IpAddr address)
    {
        uint answer = FindExact(address);
        return address.Is6 ? FindIPv6(address, answer) : answer;
    }

    public FlowRoute? Route(uint answer) => _routes[(int)(answer >> FlagBits)];

    /// <summary>
    /// An IPv4-mapped address is in the overlay if its IPv4 address is; zones are ignored.
    /// </summary>
    private uint FindIPv6(in IpAddr address, uint answer) =>
        !address.Is4In6 && address.ZoneOrNull is null ? answer
        : (answer & ~Overlay) | (FindExact(address.Unmap().WithoutZone()) & Overlay);

    private uint FindExact(in IpAddr address)
    {
        uint answer = _trie.Find(address);
        return answer - Math.Min(answer, 1);
    }

    /// <summary>The longest of some prefixes that contains a prefix.</summary>
    private sealed class Covering<T>
    {
        private readonly Dictionary<IpPrefix, T> _values = [];
        private readonly int[] _lengths4;
        private readonly int[] _lengths6;

        public Covering(IEnumerable<KeyValuePair<IpPrefix, T>> entries)
        {
            foreach ((IpPrefix prefix, T value) in entries)
            {
                _values[prefix.Masked()] = value;
            }

            _lengths4 = Lengths(IpFamily.IPv4);
            _lengths6 = Lengths(IpFamily.IPv6);
        }

        public T? Find(IpPrefix prefix)
        {
            foreach (int length in prefix.Family == IpFamily.IPv4 ? _lengths4 : _lengths6)
            {
                if (length <= prefix.Length
                    && _values.TryGetValue(new IpPrefix(prefix.Address, length).Masked(), out T? value))
                {
                    return value;
                }
            }

            return default;
        }

        private int[] Lengths(IpFamily family) =>
        [
            .. _values.Keys.Where(prefix => prefix.Family == family).Select(prefix => prefix.Length).Distinct()
                .OrderDescending(),
        ];
    }
}
