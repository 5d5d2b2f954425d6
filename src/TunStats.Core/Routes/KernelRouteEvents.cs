using System;
using TunStats.Links;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Routes;

/// <summary>
/// Looks whether events may change what there is for a device. Wrong guesses cost a reading; so it guesses yes where
/// an event does not tell. Allocates nothing.
/// </summary>
internal struct KernelRouteEvents(int index, ReadOnlyMemory<byte> name) : INetlinkVisitor
{
    /// <summary>Whether one of the events did.</summary>
    internal bool Concern { get; private set; }

    /// <summary>The device's other name, the last one that an event told; null where none did.</summary>
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

        // A next hop that is replaced moves its routes, which not every kernel tells of one by one.
        RTM_NEWNEXTHOP or RTM_DELNEXTHOP => true,
        _ => false,
    };

    /// <summary>
    /// Also one that goes down or loses an address: the kernel removes its IPv4 routes then and tells of none of them.
    /// A device that takes the name is met here too, whatever its index.
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

    /// <summary>A route that replaces another is told of by its own device, not by the one before.</summary>
    private readonly bool IsRoute(scoped in NetlinkMessage message) =>
        KernelRoute.TryParse(message, index, out KernelRoute route)
        && route.IsWanted
        && (route.Use != KernelRouteUse.None || (message.Flags & NLM_F_REPLACE) != 0);
}
