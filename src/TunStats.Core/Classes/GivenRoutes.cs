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

/// <summary>What options say of routes and of the overlay's ranges, read and checked.</summary>
/// <param name="Routes">The prefixes and those of the files, in the order in which they decide.</param>
/// <param name="Overlay">The overlay's ranges.</param>
/// <param name="OwnSubnets">
/// As it was given: the networks of the devices' addresses are in the overlay, too; null where they are not.
/// </param>
internal sealed record GivenRoutes(
    IReadOnlyList<FlowRoute> Routes, IReadOnlyList<IpPrefix> Overlay, string? OwnSubnets)
{
    /// <summary>Reads the prefixes and files of the options.</summary>
    /// <exception cref="TunStatsException">A prefix or a file is none.</exception>
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
            // A pipe's writer may be silent, or not there at all.
            using DescriptorStream file = DescriptorStream.Open(path, timeProvider);
            file.CancellationToken = cancellationToken;
            file.WaitsForWriter = false;
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            if (bytes.Length == 0 && !file.IsRegularFile)
            {
                throw new IOException("it is a pipe that nobody writes to.");
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
