using System.Collections.Generic;
using TunStats.Interop;
using TunStats.Net;

namespace TunStats.Routes;

/// <summary>This machine's addresses, for captures that name an interface and tell no directions.</summary>
public static class InterfaceAddresses
{
    /// <summary>The addresses of an interface; null where this machine has none of that name.</summary>
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
            // The capture is from elsewhere: then its packets' own direction is all there is.
            return null;
        }
    }
}
