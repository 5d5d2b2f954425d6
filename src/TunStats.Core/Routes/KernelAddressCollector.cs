using System.Collections.Generic;
using TunStats.Net;
using TunStats.Netlink;

namespace TunStats.Routes;

/// <summary>Collects one family's addresses of a device and appends them.</summary>
internal readonly struct KernelAddressCollector(int index, IpFamily family, List<KernelAddress> addresses)
    : INetlinkVisitor
{
    private readonly int _start = addresses.Count;

    public void Restart() => addresses.RemoveRange(_start, addresses.Count - _start);

    public void Visit(scoped in NetlinkMessage message)
    {
        if (KernelAddress.TryParse(message, out KernelAddress address)
            && address.Address.Family == family
            && address.Index == index)
        {
            addresses.Add(address);
        }
    }
}
