using System.Collections.Generic;
using TunStats.Interop;
using TunStats.Net;

namespace TunStats.Routes;

/// <summary>This machine's addresses, for captures that name an interface but hold no directions.</summary>
internal static class InterfaceAddresses
{
    /// <summary>The addresses of an interface; null if there is no such interface.</summary>
    /// <param name="name">The interface's name.</param>
    public static IReadOnlyCollection<IpAddr>? Of(string name)
    {
        try
        {
            using KernelRoutes routes = KernelRoutes.Open();
            return [.. routes.Read(name).Routes.LocalAddresses];
        }
        catch (TunStatsException)
        {
            // The capture is from another machine: only its own directions are known.
            return null;
        }
    }
}
