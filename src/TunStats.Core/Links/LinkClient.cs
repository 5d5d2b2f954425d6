using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Links;

/// <summary>
/// Queries the interfaces of one network namespace over one rtnetlink socket; needs no privilege. Not thread-safe.
/// </summary>
internal sealed class LinkClient : IDisposable
{
    private readonly NetlinkConnection _connection;
    private readonly TimeProvider _timeProvider;

    /// <summary>Asks over a connection and takes ownership of it.</summary>
    /// <param name="connection">A connection over a NETLINK_ROUTE socket, or a fake one.</param>
    /// <param name="timeProvider">The clock of the snapshots' stamps.</param>
    public LinkClient(NetlinkConnection connection, TimeProvider timeProvider)
    {
        _connection = connection;
        _timeProvider = timeProvider;
    }

    /// <summary>Opens a socket.</summary>
    /// <param name="networkNamespace">The namespace to ask; null for the caller's own.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public static LinkClient Open(NetworkNamespace? networkNamespace = null, TimeProvider? timeProvider = null)
    {
        TimeProvider clock = timeProvider ?? TimeProvider.System;
        return new LinkClient(new NetlinkConnection(NetlinkSocket.Open(NETLINK_ROUTE, networkNamespace, clock)), clock);
    }

    /// <summary>Reads one interface's counters: two system calls, no allocation.</summary>
    /// <param name="index">The interface's index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">There is no such interface, or the kernel is older than 4.7.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public LinkCounters ReadCounters(int index, CancellationToken cancellationToken = default)
    {
        NetlinkRequest request = _connection.NewRequest(RTM_GETSTATS);
        LinkStatsMessage.Write(ref request, index);
        try
        {
            NetlinkMessage reply = _connection.Execute(request, RTM_NEWSTATS, cancellationToken);
            if (!LinkStatsMessage.TryParse(reply, out int answered, out LinkCounters counters))
            {
                throw LinkErrors.NoStats(index);
            }

            // No interface has index 0: an answer without an index belongs to the request.
            if (answered != index && answered != 0)
            {
                throw LinkErrors.OtherIndex(index, answered);
            }

            return counters;
        }
        catch (NetlinkException e) when (IsRefusal(e, Errno.ENODEV))
        {
            throw LinkErrors.IndexNotFound(index);
        }
        catch (NetlinkException e) when (IsRefusal(e, Errno.EOPNOTSUPP))
        {
            throw LinkErrors.KernelTooOld();
        }
    }

    /// <summary>Reads the counters of all interfaces: one request, no allocation.</summary>
    /// <param name="visitor">Takes the counters.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether the counters are one consistent state.</returns>
    /// <exception cref="TunStatsException">The kernel is older than 4.7, or left counters out.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public DumpOutcome ReadAllCounters<TVisitor>(ref TVisitor visitor, CancellationToken cancellationToken = default)
        where TVisitor : ILinkCountersVisitor
    {
        NetlinkRequest request = _connection.NewRequest(RTM_GETSTATS, NLM_F_DUMP);
        LinkStatsMessage.Write(ref request, index: 0);
        var messages = new LinkCountersMessages<TVisitor>(visitor);
        try
        {
            return _connection.Dump(request, RTM_NEWSTATS, ref messages, cancellationToken);
        }
        catch (NetlinkException e) when (IsRefusal(e, Errno.EOPNOTSUPP))
        {
            throw LinkErrors.KernelTooOld();
        }
        finally
        {
            visitor = messages.Inner;
        }
    }

    /// <summary>Reads one interface's counters, by name.</summary>
    /// <param name="name">The interface's name or alternative name; see <see cref="LinkName"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">There is no such interface, it cannot be a name, or the kernel is older than
    /// 4.7.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public RtnlLinkStats64 GetStats(string name, CancellationToken cancellationToken = default)
    {
        LinkInfo link = GetLink(name, cancellationToken);
        try
        {
            return GetStats(link, cancellationToken);
        }
        catch (TunStatsException e) when (e.Kind == ErrorKind.DeviceNotFound)
        {
            // It was removed between the two requests: the error has the name that the user gave.
            throw LinkErrors.NameNotFound(name);
        }
    }

    /// <summary>Reads one interface's counters, by index.</summary>
    /// <param name="index">The interface's index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">There is no such interface, or the kernel is older than 4.7.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public RtnlLinkStats64 GetStats(int index, CancellationToken cancellationToken = default) =>
        GetStats(GetLink(index, cancellationToken), cancellationToken);

    /// <summary>Reads the counters of an interface that is known already.</summary>
    /// <param name="link">The interface.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">The interface is gone, or the kernel is older than 4.7.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public RtnlLinkStats64 GetStats(LinkInfo link, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        LinkCounters counters = ReadCounters(link.Index, cancellationToken);
        return new RtnlLinkStats64(link.Name, link.Index, link.Kind, UtcNow, counters);
    }

    /// <summary>
    /// Reads the counters of many interfaces: one dump of links, one of counters.
    /// </summary>
    /// <param name="predicate">Says which interfaces to read; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The counters in the kernel's order. Interfaces removed between the two dumps are left out.</returns>
    /// <exception cref="TunStatsException">The kernel is older than 4.7.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public LinkList<RtnlLinkStats64> ListStats(
        Predicate<LinkInfo>? predicate = null, CancellationToken cancellationToken = default)
    {
        LinkList<LinkInfo> links = ListLinks(predicate, cancellationToken);
        var visitor = new LinkStatsCollector(links.Items, _timeProvider);
        DumpOutcome outcome = links.Items.Count == 0
            ? DumpOutcome.Consistent
            : ReadAllCounters(ref visitor, cancellationToken);
        return new LinkList<RtnlLinkStats64>(
            visitor.Stats, outcome == DumpOutcome.Interrupted ? outcome : links.Outcome);
    }

    /// <summary>
    /// Resolves a text. Wildcard characters are valid in names: an interface of exactly this name comes first.
    /// </summary>
    /// <param name="text">A name or a wildcard; see <see cref="LinkNamePattern"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public LinkSelection Select(string text, CancellationToken cancellationToken = default)
    {
        string name = LinkNamePattern.Unescape(text);
        bool isWildcard = LinkNamePattern.HasWildcards(text);
        return (isWildcard || name != text) && Exists(text, cancellationToken) ? new LinkSelection(text, null)
            : isWildcard ? new LinkSelection(text, new LinkNamePattern(text))
            : new LinkSelection(name, null);
    }

    /// <summary>The names that a text selects: the matches of a wildcard, else the one name.</summary>
    /// <param name="text">A name or a wildcard.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A literal name need not exist.</returns>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public IReadOnlyList<string> SelectNames(string text, CancellationToken cancellationToken = default)
    {
        LinkSelection selection = Select(text, cancellationToken);
        return selection.Wildcard is { } wildcard
            ? [.. ListLinks(link => wildcard.IsMatch(link.Name), cancellationToken).Items.Select(link => link.Name)]
            : [selection.Name];
    }

    /// <summary>Reads one interface, by name.</summary>
    /// <param name="name">The interface's name or alternative name; see <see cref="LinkName"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">There is no such interface, or it cannot be a name.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public LinkInfo GetLink(string name, CancellationToken cancellationToken = default)
    {
        if (LinkName.Validate(name) is { } message)
        {
            throw LinkErrors.InvalidName(name, message);
        }

        NetlinkRequest request = _connection.NewRequest(RTM_GETLINK);
        request.Append(default(ifinfomsg));

        // The kernel finds an alternative name under either attribute; the first holds 15 bytes.
        byte[] bytes = LinkName.ToBytes(name);
        bool isAlternative = bytes.Length > LinkName.MaxBytes;
        request.AppendText(isAlternative ? IFLA_ALT_IFNAME : IFLA_IFNAME, bytes);
        request.AppendAttribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        try
        {
            return LinkInfo.Parse(_connection.Execute(request, RTM_NEWLINK, cancellationToken));
        }
        catch (NetlinkException e) when (
            IsRefusal(e, Errno.ENODEV) || (isAlternative && IsRefusal(e, Errno.EINVAL)))
        {
            // EINVAL: the kernel is older than 5.5 and has no alternative names.
            throw LinkErrors.NameNotFound(name);
        }
    }

    /// <summary>Reads one interface, by index.</summary>
    /// <param name="index">The interface's index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">There is no such interface.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public LinkInfo GetLink(int index, CancellationToken cancellationToken = default)
    {
        if (index <= 0)
        {
            throw LinkErrors.IndexNotFound(index);
        }

        NetlinkRequest request = _connection.NewRequest(RTM_GETLINK);
        request.Append(new ifinfomsg { ifi_index = index });
        request.AppendAttribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        try
        {
            return LinkInfo.Parse(_connection.Execute(request, RTM_NEWLINK, cancellationToken));
        }
        catch (NetlinkException e) when (IsRefusal(e, Errno.ENODEV))
        {
            throw LinkErrors.IndexNotFound(index);
        }
    }

    /// <summary>Reads all interfaces, without their counters, in one dump.</summary>
    /// <param name="predicate">Says which interfaces to keep; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public LinkList<LinkInfo> ListLinks(
        Predicate<LinkInfo>? predicate = null, CancellationToken cancellationToken = default)
    {
        NetlinkRequest request = _connection.NewRequest(RTM_GETLINK, NLM_F_DUMP);
        request.Append(default(ifinfomsg));
        request.AppendAttribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        var visitor = new LinkCollector(predicate);
        DumpOutcome outcome = _connection.Dump(request, RTM_NEWLINK, ref visitor, cancellationToken);
        return new LinkList<LinkInfo>(visitor.Links, outcome);
    }

    /// <summary>
    /// Reads the state of all links and the counters of their queueing disciplines in two dumps. A kernel without
    /// queueing disciplines (CONFIG_NET_SCHED) returns only the state.
    /// </summary>
    internal LinkDetails ReadDetails(CancellationToken cancellationToken = default)
    {
        LinkList<LinkInfo> links = ListLinks(null, cancellationToken);
        NetlinkRequest request = _connection.NewRequest(RTM_GETQDISC, NLM_F_DUMP);
        request.Append(default(tcmsg));
        var visitor = new QdiscStats.Collector();
        try
        {
            _connection.Dump(request, RTM_NEWQDISC, ref visitor, cancellationToken);
        }
        catch (NetlinkException e) when (IsRefusal(e, Errno.EOPNOTSUPP))
        {
            visitor.Restart();
        }

        return new LinkDetails(links.Items, visitor.ByIndex);
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private bool Exists(string name, CancellationToken cancellationToken)
    {
        try
        {
            GetLink(name, cancellationToken);
            return true;
        }
        catch (TunStatsException e) when (e.Kind is ErrorKind.DeviceNotFound or ErrorKind.InvalidDeviceName)
        {
            return false;
        }
    }

    private static bool IsRefusal(NetlinkException exception, Errno errno) =>
        exception.Kind == ErrorKind.NetlinkRefused && exception.Errno == errno;

    private DateTime UtcNow => _timeProvider.GetUtcNow().UtcDateTime;
}
