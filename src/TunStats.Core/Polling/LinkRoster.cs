using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Polling;

/// <summary>Which devices the names of a poller stand for at present, and which they stood for before.</summary>
internal sealed class LinkRoster
{
    private readonly List<string> _literals = [];
    private readonly List<LinkNamePattern> _patterns = [];
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);
    private readonly Dictionary<int, PolledLink> _present = [];
    private readonly List<PolledLink> _devices = [];
    private readonly ILinkPollerSink _sink;
    private readonly Action<PolledLink> _onGone;

    internal LinkRoster(IReadOnlyList<string> names, ILinkPollerSink sink, Action<PolledLink> onGone)
    {
        _sink = sink;
        _onGone = onGone;
        foreach (string name in names)
        {
            if (LinkNamePattern.HasWildcards(name))
            {
                _patterns.Add(new LinkNamePattern(name));
            }
            else
            {
                _literals.Add(LinkNamePattern.Unescape(name));
            }
        }
    }

    internal IReadOnlyList<PolledLink> Devices => _devices;

    /// <summary>How many devices are there.</summary>
    internal int Present => _present.Count;

    /// <summary>The one device, where there is just one.</summary>
    internal PolledLink Single
    {
        get
        {
            Dictionary<int, PolledLink>.ValueCollection.Enumerator devices = _present.Values.GetEnumerator();
            return devices.MoveNext() ? devices.Current : throw new InvalidOperationException("No device is there.");
        }
    }

    internal PolledLink? Find(int index) => _present.GetValueOrDefault(index);

    /// <summary>Lists the interfaces and goes by what it shows.</summary>
    internal void Refresh(LinkClient client, CancellationToken cancellationToken)
    {
        LinkList<LinkInfo> list = client.ListLinks(Matches, cancellationToken);
        if (list.Outcome == DumpOutcome.Interrupted)
        {
            _sink.OnWarning("Interfaces kept changing while they were listed; the next change brings a new listing.");
        }

        foreach (PolledLink device in _devices)
        {
            if (device.Index != 0 && !Holds(list.Items, device))
            {
                Lose(device);
            }
        }

        foreach (LinkInfo link in list.Items)
        {
            Attach(link);
        }

        foreach (string name in _literals)
        {
            bool isThere = Holds(list.Items, name);
            if (isThere)
            {
                _missing.Remove(name);
            }
            else if (_missing.Add(name))
            {
                _sink.OnError(LinkErrors.NameNotFound(name), name);
            }
        }
    }

    /// <summary>Takes a device off the list of those that are there.</summary>
    internal void Lose(PolledLink device)
    {
        _present.Remove(device.Index);
        _onGone(device);
        _sink.OnLinkEvent($"{device.Name} (index {device.Index}) is gone.");
        device.Detach();
    }

    private static bool Holds(IReadOnlyList<LinkInfo> links, string name)
    {
        foreach (LinkInfo link in links)
        {
            if (link.Name == name)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Holds(IReadOnlyList<LinkInfo> links, PolledLink device)
    {
        foreach (LinkInfo link in links)
        {
            if (link.Index == device.Index)
            {
                return true;
            }
        }

        return false;
    }

    private bool Matches(LinkInfo link)
    {
        if (_literals.Contains(link.Name))
        {
            return true;
        }

        foreach (LinkNamePattern pattern in _patterns)
        {
            if (pattern.IsMatch(link.Name))
            {
                return true;
            }
        }

        return false;
    }

    private void Attach(LinkInfo link)
    {
        if (_present.TryGetValue(link.Index, out PolledLink? device))
        {
            if (device.Name != link.Name)
            {
                _sink.OnLinkEvent($"{device.Name} (index {link.Index}) is called {link.Name} now.");
                device.Attach(link);
            }

            return;
        }

        device = _devices.Find(d => d.Index == 0 && d.Name == link.Name);
        string happened = device is null ? "is there" : "is there again";
        if (device is null)
        {
            device = new PolledLink(link.Name);
            _devices.Add(device);
        }

        device.Attach(link);
        _present.Add(link.Index, device);
        _sink.OnLinkEvent($"{link.Name} (index {link.Index}, {link.Kind}) {happened}.");
    }
}
