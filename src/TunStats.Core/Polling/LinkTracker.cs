using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Links;

namespace TunStats.Polling;

/// <summary>
/// The devices that a poller tracks: which kernel device has which name, through all changes. A kernel device is
/// identified by index and generation, a total by its name.
/// </summary>
internal sealed class LinkTracker : ILinkChangeObserver
{
    /// <summary>The number of removed devices, matched by a wildcard, whose totals are kept.</summary>
    internal const int MaxGone = 4096;

    /// <summary>How long the totals of a removed device, matched by a wildcard, are kept.</summary>
    internal static readonly TimeSpan KeepGone = TimeSpan.FromMinutes(5);

    private readonly PolledNames _names;
    private readonly ILinkPollerSink _sink;
    private readonly string? _namespace;
    private readonly List<PolledLink> _links = [];
    private readonly Dictionary<string, PolledLink> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<int, PolledLink> _byIndex = [];

    // The order of dumps rarely changes: the device that came next last time is tried first.
    private readonly List<PolledLink> _order = [];
    private int _position;
    private int _staged;
    private bool _hasChanged;
    private long _poll;

    internal LinkTracker(PolledNames names, ILinkPollerSink sink, string? networkNamespace = null)
    {
        _namespace = networkNamespace;
        _names = names;
        _sink = sink;
        foreach (string name in names.Literals)
        {
            Create(name);
        }
    }

    /// <summary>All tracked devices, including absent ones.</summary>
    internal IReadOnlyList<PolledLink> Devices => _links;

    /// <summary>The number of present devices.</summary>
    internal int Present => _byIndex.Count;

    /// <summary>The index of the device if exactly one is present; otherwise 0.</summary>
    internal int OnlyIndex
    {
        get
        {
            if (_byIndex.Count == 1)
            {
                foreach (int index in _byIndex.Keys)
                {
                    return index;
                }
            }

            return 0;
        }
    }

    /// <summary>Finds out which wildcards are names of devices; asks the kernel only once.</summary>
    internal void DecideNames(LinkClient client, CancellationToken cancellationToken)
    {
        if (_names.AreDecided)
        {
            return;
        }

        foreach (string name in _names.Decide(client, cancellationToken))
        {
            Create(name);
        }
    }

    /// <summary>Begins a poll: earlier readings become stale.</summary>
    internal void BeginPoll()
    {
        _poll++;
        _position = 0;
        _staged = 0;
        _hasChanged = false;
    }

    /// <summary>Begins a dump in the same order as the previous one.</summary>
    internal void BeginDump() => _position = 0;

    /// <summary>Whether a device was read in this poll and still has its name.</summary>
    internal bool IsRead(PolledLink link) => link.IsStaged(_poll);

    /// <summary>Whether every present device was read in this poll.</summary>
    internal bool AreAllRead()
    {
        if (!_hasChanged)
        {
            return _staged == _byIndex.Count;
        }

        foreach (PolledLink link in _byIndex.Values)
        {
            if (!link.IsStaged(_poll))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Stores counters; those of an untracked device are ignored.</summary>
    internal void Stage(int index, in LinkCounters counters)
    {
        if (Find(index) is { } link)
        {
            _staged += link.IsStaged(_poll) ? 0 : 1;
            link.Stage(counters, _poll);
        }
    }

    /// <summary>Stores the link state and the queueing disciplines of the present devices.</summary>
    internal void UpdateDetails(LinkDetails details)
    {
        foreach (PolledLink link in _byIndex.Values)
        {
            link.UpdateDetails(details);
        }
    }

    private PolledLink? Find(int index)
    {
        if (_position < _order.Count && _order[_position].Index == index)
        {
            return _order[_position++];
        }

        if (!_byIndex.TryGetValue(index, out PolledLink? link))
        {
            return null;
        }

        if (_position < _order.Count)
        {
            _order[_position++] = link;
        }
        else if (_order.Count < _byIndex.Count)
        {
            _order.Add(link);
            _position++;
        }

        return link;
    }

    /// <inheritdoc/>
    public void OnLinkChange(in LinkChange change)
    {
        _hasChanged = true;
        bool wasFollowed = _byIndex.Remove(change.Index, out PolledLink? link);
        string? name = change.Kind is LinkChangeKind.Removed or LinkChangeKind.Moved ? null : _names.NameOf(change);
        if (!wasFollowed && name is null)
        {
            return;
        }

        if (name is not null)
        {
            DropAliases(change, name);
        }

        if (name is not null && wasFollowed && (link!.Name == name || TryCarryOver(link, name)))
        {
            _byIndex.Add(change.Index, link);
        }
        else
        {
            link?.Detach(change.Counters);
            if (name is not null)
            {
                // A device found in a listing may have been counted before under another index or in another namespace:
                // without counters from its event it has no baseline.
                Attach(change, name, change.Counters);
            }
        }

        bool isBack = change.Kind == LinkChangeKind.Added && _byIndex[change.Index].WasRead;
        _sink.OnLinkEvent(isBack
            ? $"{change.Name} (index {change.Index}, {change.DeviceKind}) is present again."
            : change.ToString());
    }

    /// <summary>Whether the totals of a removed device, matched by a wildcard, have expired.</summary>
    internal bool HasExpired(TimeSpan now)
    {
        foreach (PolledLink link in _links)
        {
            if (IsExpired(link, now))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Removes devices matched by a wildcard that disappeared unread or long ago, and the oldest if there are too many.
    /// </summary>
    /// <returns>Whether totals were dropped because there were too many.</returns>
    internal bool Trim(TimeSpan now)
    {
        int before = _links.Count;
        _links.RemoveAll(
            l => (l is { Index: 0, IsLiteral: false, WasRead: false } || IsExpired(l, now)) && _byName.Remove(l.Name));
        List<PolledLink> gone = _links.FindAll(
            l => l is { Index: 0, IsLiteral: false, Presence: LinkPresence.Absent });
        int excess = gone.Count - MaxGone;
        if (excess > 0)
        {
            gone.Sort((left, right) => left.AbsentSince.CompareTo(right.AbsentSince));
            var forgotten = new HashSet<PolledLink>(gone.GetRange(0, excess));
            _links.RemoveAll(l => forgotten.Contains(l) && _byName.Remove(l.Name));
        }

        if (_links.Count < before)
        {
            // The order of dumps is learned again; the old order would keep removed devices in memory.
            _order.Clear();
            _order.TrimExcess();
            _links.TrimExcess();
            _byName.TrimExcess();
            _byIndex.TrimExcess();
        }

        return excess > 0;
    }

    private static bool IsExpired(PolledLink link, TimeSpan now) =>
        link is { Index: 0, IsLiteral: false, Presence: LinkPresence.Absent } && now - link.AbsentSince >= KeepGone;

    /// <summary>
    /// Moves the totals to a new name, unless that has totals already; the old name is waited for if the user gave it.
    /// </summary>
    private bool TryCarryOver(PolledLink link, string name)
    {
        if (_byName.TryGetValue(name, out PolledLink? other))
        {
            if (other.WasRead || other.Index != 0)
            {
                return false;
            }

            _links.Remove(other);
        }

        string previous = link.Name;
        _byName.Remove(previous);
        _byName[name] = link;
        link.Rename(name, _names.IsLiteral(name));
        if (_names.IsLiteral(previous))
        {
            Create(previous);
        }

        return true;
    }

    /// <summary>A device is tracked once: its other names are not waited for.</summary>
    private void DropAliases(in LinkChange change, string name)
    {
        foreach (string alias in change.AlternativeNames ?? [])
        {
            if (alias != name && _byName.TryGetValue(alias, out PolledLink? other)
                && other is { Index: 0, WasRead: false })
            {
                _links.Remove(other);
                _byName.Remove(alias);
            }
        }
    }

    private void Attach(in LinkChange change, string name, in LinkCounters? baseline)
    {
        PolledLink link = _byName.GetValueOrDefault(name) ?? Create(name);
        if (link.Index != 0)
        {
            // Two devices swapped names and events were lost: the other one is reported next.
            _byIndex.Remove(link.Index);
            link.Detach(null);
        }

        link.Attach(change, baseline);
        _byIndex.Add(change.Index, link);
    }

    private PolledLink Create(string name)
    {
        var link = new PolledLink(name, _names.IsLiteral(name), _namespace);
        _links.Add(link);
        _byName.Add(name, link);
        return link;
    }
}
