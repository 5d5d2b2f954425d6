using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.Packets;
using TunStats.Routes;

namespace TunStats.NetLog;

/// <summary>
/// A classifier that stays up to date: of prefixes and files as they were when it was opened, and of the addresses and
/// routes of devices as they are. Where two have a prefix, what was given decides before files, files before devices.
/// </summary>
public sealed class ClassifierSource : IDisposable
{
    private readonly List<FlowRoute> _given = [];
    private readonly List<IpPrefix> _overlay = [];
    private readonly List<IRouteFeed> _feeds = [];
    private readonly bool _hasOwnSubnets;

    private ClassifierSource(ClassifierOptions options, IEnumerable<IRouteFeed> feeds)
    {
        _feeds.AddRange(feeds);
        _given.AddRange(RouteSet.From(
            Prefixes(options.LocalAddresses), FlowRouteKind.LocalAddress, "given as local address"));
        _given.AddRange(RouteSet.From(Prefixes(options.Routes), FlowRouteKind.Route, "given as route"));
        foreach (string path in options.RouteFiles)
        {
            _given.AddRange(ReadFile(path));
        }

        _hasOwnSubnets = options.Overlay.Any(IsOwnSubnets);
        _overlay.AddRange(Prefixes(options.Overlay.Where(text => !IsOwnSubnets(text))));
        Current = Make();
    }

    /// <summary>The classifier of now; replaced as a whole, never changed.</summary>
    public FlowClassifier Current { get; private set; }

    /// <summary>
    /// Whether nothing is known to be missing: routes that kept changing while they were read may lack one until the
    /// next <see cref="Refresh"/>.
    /// </summary>
    public bool IsCurrent => _feeds.TrueForAll(feed => feed.IsCurrent);

    /// <summary>Reads all sources.</summary>
    /// <param name="options">The sources.</param>
    /// <param name="timeProvider">The clock of time limits; null for the system's.</param>
    /// <exception cref="ClassifierException">A prefix or a file is none.</exception>
    /// <exception cref="Links.LinkException">A device is not there.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel could not be asked.</exception>
    /// <exception cref="Netlink.NetworkNamespaceException">The namespace cannot be entered.</exception>
    public static ClassifierSource Open(ClassifierOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<IRouteFeed> feeds = [];
        try
        {
            foreach (string device in options.Devices)
            {
                feeds.Add(KernelRouteFeed.Open(
                    device, options.NetworkNamespace, timeProvider ?? TimeProvider.System));
            }

            return new ClassifierSource(options, feeds);
        }
        catch
        {
            feeds.ForEach(feed => feed.Dispose());
            throw;
        }
    }

    internal static ClassifierSource Of(ClassifierOptions options, params IRouteFeed[] feeds) => new(options, feeds);

    /// <summary>Takes in what changed in the kernel since the last time.</summary>
    /// <param name="cancellationToken">Ends the wait for the kernel.</param>
    /// <returns>Whether there is a new classifier.</returns>
    /// <exception cref="Netlink.NetlinkException">The kernel could not be asked; the classifier stays.</exception>
    public bool Refresh(CancellationToken cancellationToken = default)
    {
        bool changed = false;
        foreach (IRouteFeed feed in _feeds)
        {
            changed |= feed.Refresh(cancellationToken);
        }

        if (changed)
        {
            Current = Make();
        }

        return changed;
    }

    /// <inheritdoc/>
    public void Dispose() => _feeds.ForEach(feed => feed.Dispose());

    private static bool IsOwnSubnets(string text) =>
        text.Equals(ClassifierOptions.OwnSubnets, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<IpPrefix> Prefixes(IEnumerable<string> texts) => texts.Select(text =>
        IpPrefix.TryParsePrefixOrAddress(text, out IpPrefix prefix, out IpParseError error)
            ? prefix.Masked()
            : throw new ClassifierException(
                ClassifierErrorKind.InvalidPrefix, text, $"'{text}' is no prefix: {error.Describe()}."));

    private static IReadOnlyList<FlowRoute> ReadFile(string path)
    {
        try
        {
            return RouteFile.Parse(File.ReadAllBytes(path), path);
        }
        catch (RouteFormatException e)
        {
            throw new ClassifierException(ClassifierErrorKind.InvalidRouteFile, path, e.Message, e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ClassifierException(
                ClassifierErrorKind.RouteFileNotFound, path, $"There is no route file '{path}'.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = Directory.Exists(path) ? "it is a directory." : e.Message;
            throw new ClassifierException(
                ClassifierErrorKind.RouteFileUnreadable, path, $"The route file '{path}' cannot be read: {why}", e);
        }
    }

    private FlowClassifier Make()
    {
        RouteSet routes = new(_given.Concat(_feeds.SelectMany(feed => feed.Current.Routes)));
        return new FlowClassifier(routes, MakeOverlay());
    }

    private OverlayRanges MakeOverlay()
    {
        if (!_hasOwnSubnets)
        {
            return _overlay.Count == 0 ? OverlayRanges.Tailscale : OverlayRanges.Of(_overlay);
        }

        IpPrefix[] own = [.. _feeds.SelectMany(feed => feed.OwnSubnets)];
        return own.Length > 0
            ? OverlayRanges.Of([.. _overlay, .. own])
            : throw new ClassifierException(
                ClassifierErrorKind.NoOwnSubnets,
                ClassifierOptions.OwnSubnets,
                $"'{ClassifierOptions.OwnSubnets}' stands for the subnets of the device's addresses, and there are "
                + "none. Name a device that has an address, or give the overlay's prefixes.");
    }
}
