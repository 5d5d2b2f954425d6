using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>The routes and overlay ranges of options, parsed and validated.</summary>
/// <param name="Routes">The given prefixes, then those of files, in order of precedence.</param>
/// <param name="Overlay">The overlay's ranges.</param>
/// <param name="OwnSubnets">
/// The user's word for adding the networks of the devices' addresses to the overlay; null if not given.
/// </param>
internal sealed record GivenRoutes(
    IReadOnlyList<FlowRoute> Routes, IReadOnlyList<IpPrefix> Overlay, string? OwnSubnets)
{
    /// <summary>Reads the prefixes and files of the options.</summary>
    /// <exception cref="TunStatsException">A prefix or a file is not valid.</exception>
    internal static GivenRoutes Read(
        ClassifierOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        List<FlowRoute> routes =
        [
            .. RouteSet.From(Prefixes(options.LocalAddresses), FlowRouteKind.LocalAddress, "given as local address"),
            .. RouteSet.From(Prefixes(options.Routes), FlowRouteKind.Route, "given as route"),
        ];
        foreach (string path in options.RouteFiles)
        {
            routes.AddRange(ReadFile(path, timeProvider, cancellationToken));
        }

        return new GivenRoutes(
            routes,
            [.. Prefixes(options.Overlay.Where(text => !IsOwnSubnets(text)))],
            options.Overlay.FirstOrDefault(IsOwnSubnets));
    }

    private static bool IsOwnSubnets(string text) =>
        text.Equals(ClassifierOptions.OwnSubnets, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<IpPrefix> Prefixes(IEnumerable<string> texts) => texts.Select(text =>
        IpPrefix.TryParsePrefixOrAddress(text, out IpPrefix prefix, out IpParseError error)
            ? prefix.Masked()
            : throw new TunStatsException(
                ErrorKind.InvalidPrefix, text, $"'{text}' is not a valid prefix: {error.Describe()}."));

    private static IReadOnlyList<FlowRoute> ReadFile(
        string path, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        try
        {
            // The writer of a pipe may be silent or missing.
            using DescriptorStream file = DescriptorStream.Open(path, timeProvider);
            file.CancellationToken = cancellationToken;
            file.WaitsForWriter = false;
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            if (bytes.Length == 0 && !file.IsRegularFile)
            {
                throw new IOException("it is a pipe without a writer.");
            }

            return RouteFile.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), path);
        }
        catch (RouteFormatException e)
        {
            throw new TunStatsException(ErrorKind.InvalidRouteFile, path, e.Message, e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TunStatsException(
                ErrorKind.RouteFileNotFound, path, $"There is no route file '{path}'.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = Directory.Exists(path) ? "it is a directory." : Reason(e);
            throw new TunStatsException(
                ErrorKind.RouteFileUnreadable, path, $"The route file '{path}' cannot be read: {why}", e);
        }
    }

    private static string Reason(Exception error) =>
        FileErrors.ErrnoOf(error) is not Errno.None and var errno ? $"{Libc.ErrorText(errno)}." : error.Message;
}
