using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;
using static TunStats.Interop.RouteConstants;

namespace TunStats.Routes;

/// <summary>An address of a device from an RTM_NEWADDR message.</summary>
/// <param name="Index">The device's index.</param>
/// <param name="Address">The address on this side.</param>
/// <param name="Network">Its network; on a point-to-point link that of the other end.</param>
internal readonly record struct KernelAddress(int Index, IpAddr Address, IpPrefix Network)
{
    /// <summary>Reads a message.</summary>
    /// <param name="message">An RTM_NEWADDR or RTM_DELADDR message.</param>
    /// <param name="result">The address.</param>
    /// <returns>False if it is not IP, or has no address.</returns>
    /// <exception cref="NetlinkException">A length in it is invalid.</exception>
    internal static bool TryParse(scoped in NetlinkMessage message, out KernelAddress result)
    {
        result = default;
        ifaddrmsg fixedPart = message.ReadFixed<ifaddrmsg>(out System.ReadOnlySpan<byte> bytes);
        int length = KernelPrefix.BytesOf(fixedPart.ifa_family);
        if (length == 0)
        {
            return false;
        }

        // IPv4 sends both, which differ only on a point-to-point link; IPv6 sends IFA_LOCAL only there. IFA_ADDRESS is
        // the other end.
        IpAddr local = default, address = default;
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case IFA_LOCAL:
                    local = KernelPrefix.ReadAddress(attributes, length, nameof(IFA_LOCAL));
                    break;
                case IFA_ADDRESS:
                    address = KernelPrefix.ReadAddress(attributes, length, nameof(IFA_ADDRESS));
                    break;
            }
        }

        local = local.IsValid ? local : address;
        if (!local.IsValid)
        {
            return false;
        }

        IpPrefix network = KernelPrefix.Make(
            address.IsValid ? address : local, fixedPart.ifa_prefixlen, nameof(ifaddrmsg));
        result = new KernelAddress((int)fixedPart.ifa_index, local, network);
        return true;
    }
}
