using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Interop;
using TunStats.Netlink;

namespace TunStats.Links;

/// <summary>
/// Selects interfaces as users name them and reads their counters: a literal name without a match is an error, a
/// wildcard without a match is not.
/// </summary>
/// <param name="client">The socket to ask.</param>
/// <param name="sink">Receives the results.</param>
internal sealed class LinkQuery(LinkClient client, ILinkQuerySink sink)
{
    /// <summary>
    /// Whether to give <see cref="DetailedLinkStats"/>; takes two more dumps per call and name.
    /// </summary>
    public bool IsDetailed { get; init; }

    /// <summary>The warning about an inconsistent listing.</summary>
    internal static string InterruptedWarning =>
        $"Interfaces changed during each of {NetlinkConnection.DumpAttempts} listings: one may be missing or "
        + "appear twice. Repeat the command.";

    /// <summary>Reads every tunnel device.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">The kernel is older than 4.7.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public void ReadTunnels(CancellationToken cancellationToken = default) =>
        ReadMatching(static link => link.IsTunnel, cancellationToken);

    /// <summary>Reads every interface.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">The kernel is older than 4.7.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public void ReadAll(CancellationToken cancellationToken = default) => ReadMatching(null, cancellationToken);

    /// <summary>Reads interfaces by name, in the order of the names.</summary>
    /// <param name="names">Names and wildcards.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">The kernel is older than 4.7.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public void ReadByName(IEnumerable<string> names, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (string name in names)
        {
            LinkSelection selection = client.Select(name, cancellationToken);
            if (selection.Wildcard is { } wildcard)
            {
                ReadMatching(link => wildcard.IsMatch(link.Name), cancellationToken);
            }
            else
            {
                ReadOne(name, () => client.GetStats(selection.Name, cancellationToken), cancellationToken);
            }
        }
    }

    /// <summary>Reads interfaces by index, in the order of the indexes.</summary>
    /// <param name="indexes">Indexes (ifindex).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">The kernel is older than 4.7.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public void ReadByIndex(IEnumerable<int> indexes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(indexes);
        foreach (int index in indexes)
        {
            ReadOne(index, () => client.GetStats(index, cancellationToken), cancellationToken);
        }
    }

    private void ReadOne(object input, Func<RtnlLinkStats64> read, CancellationToken cancellationToken)
    {
        RtnlLinkStats64 stats;
        try
        {
            stats = read();
        }
        catch (TunStatsException e) when (e.Kind is ErrorKind.DeviceNotFound or ErrorKind.InvalidDeviceName)
        {
            sink.OnError(e, input);
            return;
        }

        LinkDetails? details = IsDetailed ? client.ReadDetails(cancellationToken) : null;
        sink.OnStats(details is null ? stats : details.AddTo(stats));
    }

    private void ReadMatching(Predicate<LinkInfo>? predicate, CancellationToken cancellationToken)
    {
        LinkList<RtnlLinkStats64> list = client.ListStats(predicate, cancellationToken);
        if (list.Outcome == DumpOutcome.Interrupted)
        {
            sink.OnWarning(InterruptedWarning);
        }

        LinkDetails? details = IsDetailed && list.Items.Count > 0 ? client.ReadDetails(cancellationToken) : null;
        foreach (RtnlLinkStats64 stats in list.Items)
        {
            sink.OnStats(details is null ? stats : details.AddTo(stats));
        }
    }
}
