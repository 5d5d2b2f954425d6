using System;
using System.Collections.Generic;
using TunStats.Netlink;

namespace TunStats.Links;

/// <summary>The known devices of a watch by index; events and listings change them.</summary>
internal sealed class LinkTable
{
    private readonly Dictionary<int, Entry> _byIndex = [];
    private readonly List<int> _vanished = [];
    private long _generation;

    /// <summary>The number of changes.</summary>
    internal long Changes { get; private set; }

    /// <summary>Applies one event. Allocates only where it changes something.</summary>
    internal void Apply(scoped in LinkEvent link, scoped in NetlinkMessage message, ILinkChangeObserver observer)
    {
        bool known = _byIndex.TryGetValue(link.Index, out Entry? entry);
        if (link.IsRemoval)
        {
            if (known)
            {
                Remove(entry!, link.GoesElsewhere, link.ReadCounters(), observer);
            }
        }
        else if (!known)
        {
            Add(LinkInfo.Parse(message), link.ReadCounters(), observer);
        }
        else
        {
            Update(entry!, link, observer);
        }
    }

    private void Update(Entry entry, scoped in LinkEvent link, ILinkChangeObserver observer)
    {
        if (!link.Name.IsEmpty && !link.Name.SequenceEqual(entry.NameBytes))
        {
            string name = LinkName.FromBytes(link.Name);
            if (name != entry.Name)
            {
                Rename(entry, name, link.ReadCounters(), observer);
            }
        }

        if (link.IsComplete && (entry.Properties is null || !link.Properties.SequenceEqual(entry.Properties)))
        {
            entry.Properties = link.Properties.ToArray();
            SetAlternativeNames(
                entry, LinkInfo.ReadAlternativeNames(link.Properties), link.ReadCounters(), observer);
        }
    }

    /// <summary>Reconciles with a full listing and reports the differences.</summary>
    /// <param name="links">All devices.</param>
    /// <param name="isComplete">
    /// Whether the listing is complete; otherwise missing devices stay, so that none is taken for a new one when the
    /// next listing has it.
    /// </param>
    /// <param name="observer">Receives the differences.</param>
    internal void Replace(IReadOnlyList<LinkInfo> links, bool isComplete, ILinkChangeObserver observer)
    {
        long listing = ++_generation;
        foreach (LinkInfo link in links)
        {
            if (_byIndex.TryGetValue(link.Index, out Entry? entry))
            {
                entry.Listing = listing;
            }
        }

        // Removed devices first: another device may have taken their name.
        foreach (Entry entry in _byIndex.Values)
        {
            if (isComplete && entry.Listing != listing)
            {
                _vanished.Add(entry.Index);
            }
        }

        RemoveVanished(observer);
        foreach (LinkInfo link in links)
        {
            if (!_byIndex.TryGetValue(link.Index, out Entry? entry))
            {
                Add(link, counters: null, observer).Listing = listing;
            }
            else if (entry.Name != link.Name)
            {
                Rename(entry, link.Name, counters: null, observer);
            }

            if (entry is not null)
            {
                entry.Properties = null;
                SetAlternativeNames(entry, link.AlternativeNames, counters: null, observer);
            }
        }
    }

    /// <summary>Reports all devices as removed, without final counters.</summary>
    internal void Clear(ILinkChangeObserver observer)
    {
        _vanished.AddRange(_byIndex.Keys);
        RemoveVanished(observer);
    }

    private void RemoveVanished(ILinkChangeObserver observer)
    {
        foreach (int index in _vanished)
        {
            Remove(_byIndex[index], goesElsewhere: false, counters: null, observer);
        }

        _vanished.Clear();
    }

    private Entry Add(LinkInfo link, LinkCounters? counters, ILinkChangeObserver observer)
    {
        var entry = new Entry
        {
            Index = link.Index,
            Name = link.Name,
            NameBytes = LinkName.ToBytes(link.Name),
            AlternativeNames = link.AlternativeNames,
            Kind = link.Kind,
            Generation = ++_generation,
        };
        _byIndex.Add(link.Index, entry);
        Report(entry, LinkChangeKind.Added, previousName: null, counters, observer);
        return entry;
    }

    private void Remove(Entry entry, bool goesElsewhere, LinkCounters? counters, ILinkChangeObserver observer)
    {
        _byIndex.Remove(entry.Index);
        LinkChangeKind kind = goesElsewhere ? LinkChangeKind.Moved : LinkChangeKind.Removed;
        Report(entry, kind, previousName: null, counters, observer);
    }

    private void Rename(Entry entry, string name, LinkCounters? counters, ILinkChangeObserver observer)
    {
        string previous = entry.Name;
        entry.Name = name;
        entry.NameBytes = LinkName.ToBytes(name);
        Report(entry, LinkChangeKind.Renamed, previous, counters, observer);
    }

    private void SetAlternativeNames(
        Entry entry, IReadOnlyList<string> names, LinkCounters? counters, ILinkChangeObserver observer)
    {
        if (!AreEqual(names, entry.AlternativeNames))
        {
            entry.AlternativeNames = names;
            Report(entry, LinkChangeKind.AlternativeNamesChanged, previousName: null, counters, observer);
        }
    }

    private static bool AreEqual(IReadOnlyList<string> left, IReadOnlyList<string> right)
    {
        for (int i = 0; i < left.Count && i < right.Count; i++)
        {
            if (left[i] != right[i])
            {
                return false;
            }
        }

        return left.Count == right.Count;
    }

    private void Report(
        Entry entry, LinkChangeKind kind, string? previousName, LinkCounters? counters, ILinkChangeObserver observer)
    {
        Changes++;
        observer.OnLinkChange(new LinkChange
        {
            Kind = kind,
            Index = entry.Index,
            Name = entry.Name,
            PreviousName = previousName,
            AlternativeNames = entry.AlternativeNames.Count > 0 ? entry.AlternativeNames : null,
            DeviceKind = entry.Kind,
            Generation = entry.Generation,
            Counters = counters,
        });
    }

    private sealed class Entry
    {
        internal required int Index { get; init; }

        internal required string Name { get; set; }

        internal required byte[] NameBytes { get; set; }

        /// <summary>
        /// The IFLA_PROP_LIST of the last event; null if the names are those of a listing, which does not keep it.
        /// </summary>
        internal byte[]? Properties { get; set; }

        internal required IReadOnlyList<string> AlternativeNames { get; set; }

        internal required string Kind { get; init; }

        internal required long Generation { get; init; }

        internal long Listing { get; set; }
    }
}
