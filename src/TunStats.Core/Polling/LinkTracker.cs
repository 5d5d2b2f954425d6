using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Links;

namespace TunStats.Polling;

/// <summary>
/// The devices that a poller follows: which device of the kernel bears which name, through all changes. A device is
/// known by its index and generation, what was counted by its name.
/// </summary>
internal sealed class LinkTracker : ILinkChangeObserver
{
    /// <summary>How many devices that matched a wildcard and went keep their totals.</summary>
    internal const int MaxGone = 4096;

    /// <summary>How long the totals of a device are kept that matched a wildcard and went.</summary>
    internal static readonly TimeSpan KeepGone = TimeSpan.FromMinutes(5);

    private readonly PolledNames _names;
    private readonly ILinkPollerSink _sink;
    private readonly string? _namespace;
    private readonly List<PolledLink> _links = [];
    private readonly Dictionary<string, PolledLink> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<int, PolledLink> _byIndex = [];

    // Dumps come in the same order until devices come or go: the device that followed last time is tried first.
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

    /// <summary>All that are followed, those that are not there too.</summary>
    internal IReadOnlyList<PolledLink> Devices => _links;

    /// <summary>How many are there.</summary>
    internal int Present => _byIndex.Count;

    /// <summary>The index of the only device there is; 0 where there is none or more than one.</summary>
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

    /// <summary>Finds out which wildcards are names of devices; asks only the first time.</summary>
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

    /// <summary>Begins a poll: what was staged before is stale.</summary>
    internal void BeginPoll()
    {
        _poll++;
        _position = 0;
        _staged = 0;
        _hasChanged = false;
    }

    /// <summary>Begins a dump: what comes will be in the order of the one before.</summary>
    internal void BeginDump() => _position = 0;

    /// <summary>Whether a device was read in this poll, and bears its name still.</summary>
    internal bool IsRead(PolledLink link) => link.IsStaged(_poll);

    /// <summary>Whether every device that is there was read in this poll.</summary>
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

    /// <summary>Takes counters that were read; those of a device that nobody follows are left.</summary>
    internal void Stage(int index, in LinkCounters counters)
    {
        if (Find(index) is { } link)
        {
            _staged += link.IsStaged(_poll) ? 0 : 1;
            link.Stage(counters, _poll);
        }
    }

    /// <summary>Takes the link state and the queueing disciplines of the devices that are there.</summary>
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
                // One that only a listing shows may have been counted before, here under another index or in another
                // namespace: without counters from its event it has no baseline.
                Attach(change, name, change.Counters);
            }
        }

        bool isBack = change.Kind == LinkChangeKind.Added && _byIndex[change.Index].WasRead;
        _sink.OnLinkEvent(isBack
            ? $"{change.Name} (index {change.Index}, {change.DeviceKind}) is there again."
            : change.ToString());
    }

    /// <summary>Whether a device that a wildcard matched has been gone for longer than its totals are kept.</summary>
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
    /// Removes the devices that a wildcard matched and that went unread or long ago, and of too many that went, the
    /// oldest.
    /// </summary>
    /// <returns>Whether totals were forgotten because there were too many.</returns>
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
            // The order of the dumps is found again; kept, it would keep the devices that were removed.
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
    /// Lets what was counted go on under a new name, where nothing was counted under it before; the old name is waited
    /// for where the user named it.
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

    /// <summary>One device is followed once: its other names that the user gave are not waited for.</summary>
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
            // Two devices changed names and events were lost: the one that bore this name is about to be told of.
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
