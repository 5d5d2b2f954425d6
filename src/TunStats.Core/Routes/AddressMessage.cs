using System;
using TunStats.Interop;
using TunStats.Netlink;
using TunStats.Packets;
using static TunStats.Interop.RouteConstants;

namespace TunStats.Routes;

/// <summary>An RTM_NEWADDR: an address of a device, and the subnet that it is in.</summary>
/// <param name="Index">The device's index.</param>
/// <param name="Address">The device's own address.</param>
/// <param name="Subnet">
/// The prefix that lies behind it; on a link of two ends the peer's address and length.
/// </param>
internal readonly record struct AddressMessage(int Index, IpAddr Address, IpPrefix Subnet)
{
    /// <summary>Asks for the addresses of a device; a kernel that cannot filter sends all.</summary>
    internal static void Write(ref NetlinkRequest request, int index) =>
        request.Append(new ifaddrmsg { ifa_index = (uint)index });

    /// <summary>Reads one.</summary>
    /// <returns>False where it is none of IPv4 or IPv6.</returns>
    /// <exception cref="NetlinkException">A length in it cannot be.</exception>
    internal static bool TryParse(scoped in NetlinkMessage message, out AddressMessage result)
    {
        result = default;
        if (message.Type != RTM_NEWADDR)
        {
            return false;
        }

        ifaddrmsg fixedPart = message.ReadFixed<ifaddrmsg>(out ReadOnlySpan<byte> bytes);
        IpAddr? local = null, address = null;
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case IFA_LOCAL:
                    local = RouteMessage.ReadAddress(fixedPart.ifa_family, attributes.Value);
                    break;
                case IFA_ADDRESS:
                    address = RouteMessage.ReadAddress(fixedPart.ifa_family, attributes.Value);
                    break;
            }
        }

        // IFA_ADDRESS is the peer's where IFA_LOCAL is there as well, and the own one where it is alone.
        if ((local ?? address) is not { } own || (address ?? local) is not { } far
            || fixedPart.ifa_prefixlen > far.BitLength)
        {
            return false;
        }

        result = new AddressMessage(
            (int)fixedPart.ifa_index, own, new IpPrefix(far, fixedPart.ifa_prefixlen).Masked());
        return true;
    }
}
