using System.Collections.Generic;
using TunStats.Interop;
using TunStats.Netlink;

namespace TunStats.Routes;

/// <summary>The next hop objects through a device, directly or by a member of a group.</summary>
internal readonly struct KernelNexthops(int index) : INetlinkVisitor
{
    private readonly HashSet<uint> _using = [];
    private readonly List<(uint Group, uint Member)> _members = [];

    public void Restart()
    {
        _using.Clear();
        _members.Clear();
    }

    public void Visit(scoped in NetlinkMessage message)
    {
        KernelNexthop nexthop = KernelNexthop.Parse(message);
        if (nexthop.Index == index)
        {
            _using.Add(nexthop.Id);
        }

        foreach (nexthop_grp member in nexthop.Group)
        {
            _members.Add((nexthop.Id, member.id));
        }
    }

    /// <summary>Adds the groups; the kernel has no groups of groups.</summary>
    internal HashSet<uint> Resolve()
    {
        HashSet<uint> all = [.. _using];
        foreach ((uint group, uint member) in _members)
        {
            if (_using.Contains(member))
            {
                all.Add(group);
            }
        }

        return all;
    }
}
