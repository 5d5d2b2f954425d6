using System;
using System.Linq;
using System.Threading;
using TunStats.Classes;
using TunStats.IO;
using TunStats.Links;
using TunStats.Net;
using TunStats.Routes;

namespace TunStats.Tests;

/// <summary>Look-ups in routes and ranges that only tests need.</summary>
internal static class RouteLookUps
{
    internal static bool TryFind(this RouteSet routes, IpAddr address, out FlowRoute? route)
    {
        route = routes.Entries.Where(entry => entry.Key.Contains(address)).Select(entry => entry.Value)
            .MaxBy(found => found.PrefixValue.Length);
        return route is not null;
    }

    internal static RouteSet Union(this RouteSet first, RouteSet second) => new(first.Routes.Concat(second.Routes));

    internal static bool Contains(this OverlayRanges overlay, IpAddr address) => overlay.TryFind(address, out _);

    internal static bool Contains<T>(this PrefixTable<T> table, IpAddr address) => table.TryFind(address, out _, out _);

    /// <summary>Watches the routes of a device, whose name it keeps.</summary>
    internal static KernelRoutesWatch Watch(string device, NetworkNamespace space)
    {
        var watch = new KernelRoutesWatch(device, () => LinkWatch.OpenSocket(space, TimeProvider.System));
        watch.Update();
        return watch;
    }

    /// <summary>Updates a watch until a condition holds.</summary>
    internal static bool Await(this KernelRoutesWatch watch, Func<bool> condition, TimeSpan patience) =>
        SpinWait.SpinUntil(
            () =>
            {
                watch.Update();
                return condition();
            },
            patience);

    /// <summary>The class of a connection and the reasons of both ends, on one line.</summary>
    internal static string Explain(this FlowClassifier classifier, IpAddr source, IpAddr destination)
    {
        FlowVerdict verdict = classifier.Classify(source, destination);
        string end = TailscaleRanges.IsService(destination) ? "destination" : "source";
        string service = verdict.IsService ? $"; not logged: the {end} is a service of the node itself" : "";
        return $"{verdict.Class}: source {classifier.Classify(source)}; "
            + $"destination {classifier.Classify(destination)}{service}";
    }
}
