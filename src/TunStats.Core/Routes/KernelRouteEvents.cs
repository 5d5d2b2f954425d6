using System;
using TunStats.Links;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Routes;

/// <summary>
/// Checks whether events may change the routes of a device. A false alarm costs one reading, so it assumes a change
/// where an event does not say. Allocates nothing.
/// </summary>
internal struct KernelRouteEvents(int index, ReadOnlyMemory<byte> name) : INetlinkVisitor
{
    /// <summary>Whether an event may have changed the routes.</summary>
    internal bool Concern { get; private set; }

    /// <summary>The device's new name from the last event; null if it was not renamed.</summary>
    internal string? NewName { get; private set; }

    /// <summary>Whether the device was removed.</summary>
    internal bool IsGone { get; private set; }

    public readonly void Restart()
    {
    }

    public void Visit(scoped in NetlinkMessage message) => Concern |= message.Type switch
    {
        RTM_NEWLINK or RTM_DELLINK => IsDevice(message),
        RTM_NEWADDR or RTM_DELADDR => KernelAddress.TryParse(message, out KernelAddress address)
            && address.Index == index,
        RTM_NEWROUTE or RTM_DELROUTE => IsRoute(message),

        // Replacing a next hop moves its routes, and not every kernel reports each of them.
        RTM_NEWNEXTHOP or RTM_DELNEXTHOP => true,
        _ => false,
    };

    /// <summary>
    /// Includes a device that goes down or loses an address: the kernel then removes its IPv4 routes without events.
    /// Also finds a device that takes the name, whatever its index.
    /// </summary>
    private bool IsDevice(scoped in NetlinkMessage message)
    {
        if (!LinkEvent.TryParse(message, out LinkEvent link))
        {
            return false;
        }

        bool hasName = link.Name.SequenceEqual(name.Span);
        if (link.Index == index)
        {
            IsGone |= link.IsRemoval;
            NewName = hasName || link.Name.IsEmpty ? NewName : LinkName.FromBytes(link.Name);
        }

        return link.Index == index || hasName;
    }

    /// <summary>A replacement route is reported for its new device, not for the previous one.</summary>
    private readonly bool IsRoute(scoped in NetlinkMessage message) =>
        KernelRoute.TryParse(message, index, out KernelRoute route)
        && route.IsWanted
        && (route.Use != KernelRouteUse.None || (message.Flags & NLM_F_REPLACE) != 0);
}
