using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;


namespace TunStats.Routes;

/// <summary>Reads addresses and prefixes of rtnetlink: in network order, of the family's length.</summary>
internal static class KernelPrefix
{
    /// <summary>Bytes of an address of a family; 0 if it is not IP.</summary>
    internal static int BytesOf(byte family) => family switch
    {
        SocketConstants.AF_INET => 4,
        SocketConstants.AF_INET6 => 16,
        _ => 0,
    };

    /// <summary>Reads an attribute's value as an address.</summary>
    /// <exception cref="NetlinkException">It is shorter than an address.</exception>
    internal static IpAddr ReadAddress(scoped in NetlinkAttributeReader attribute, int length, string name)
    {
        if (attribute.Value.Length < length)
        {
            NetlinkThrow.AttributeValue(name, attribute.Value.Length, length);
        }

        return new IpAddr(attribute.Value[..length]);
    }

    /// <summary>The masked prefix of an address.</summary>
    /// <exception cref="NetlinkException">Its length exceeds the address.</exception>
    internal static IpPrefix Make(IpAddr address, int length, string structName)
    {
        if (length > address.BitLength)
        {
            NetlinkThrow.PrefixLength(structName, length, address.BitLength);
        }

        return new IpPrefix(address, length).Masked();
    }
}
