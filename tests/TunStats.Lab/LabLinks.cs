using System;
using System.Net;
using System.Text;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Lab;

/// <summary>Makes, changes and removes the links of one namespace, over rtnetlink as <c>ip link</c> does.</summary>
public sealed class LabLinks : IDisposable
{
    private const ushort VETH_INFO_PEER = 1;
    private const uint IFF_UP = 1;
    private const byte IFA_F_NODAD = 2;

    // Of linux/if_link.h; headers of distributions may be older.
    private const ushort IFLA_GSO_MAX_SEGS = 40;
    private const ushort IFLA_GSO_MAX_SIZE = 41;
    private const ushort IFLA_GSO_IPV4_MAX_SIZE = 63;
    private const ushort RTM_NEWLINKPROP = 108;
    private const ushort RTM_DELLINKPROP = 109;
    private const ushort NLM_F_APPEND = 0x800;
    private const ushort IFLA_VXLAN_ID = 1;
    private const ushort IFLA_VXLAN_GROUP = 2;
    private const ushort IFLA_VXLAN_LOCAL = 4;
    private const ushort IFLA_VXLAN_PORT = 15;

    private readonly NetlinkConnection _connection;
    private readonly LinkClient _client;

    internal LabLinks(NetworkNamespace? space)
    {
        _connection = new NetlinkConnection(NetlinkSocket.Open(NETLINK_ROUTE, space));
        _client = LinkClient.Open(space);
    }

    /// <summary>Opens the links of the calling thread's own namespace, which must be a private one.</summary>
    public static LabLinks OpenHere() => new(space: null);

    /// <summary>
    /// Whether the namespace has no link but its loopback, as a fresh one has (and IP tunnels' templates).
    /// </summary>
    public bool IsFresh =>
        _client.ListLinks(link => link.Name != "lo" && !LinkKinds.IsTunnel(link.Kind)).Items.Count == 0;

    /// <summary>How many links there are.</summary>
    public int Count => _client.ListLinks().Items.Count;

    /// <summary>The index of a link.</summary>
    public int IndexOf(string name) => _client.GetLink(name).Index;

    /// <summary>Makes a link of a kind that needs no further words, such as <c>dummy</c>.</summary>
    public void Add(string name, string kind)
    {
        NetlinkRequest request = NewLink(new ifinfomsg(), NLM_F_CREATE | NLM_F_EXCL);
        request.AppendAttribute(IFLA_IFNAME, name);
        int info = request.BeginNested(IFLA_LINKINFO);
        request.AppendAttribute(IFLA_INFO_KIND, kind);
        request.EndNested(info);
        _connection.Acknowledge(request);
    }

    /// <summary>Gives a link a further name.</summary>
    public void AddAlternativeName(string name, ReadOnlySpan<byte> alternative) =>
        ChangeAlternativeName(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND, name, alternative);

    /// <summary>Takes a further name from a link.</summary>
    public void RemoveAlternativeName(string name, ReadOnlySpan<byte> alternative) =>
        ChangeAlternativeName(RTM_DELLINKPROP, 0, name, alternative);

    /// <summary>Makes a veth pair, both ends in this namespace.</summary>
    public void AddVeth(string name, string peer)
    {
        NetlinkRequest request = NewLink(new ifinfomsg(), NLM_F_CREATE | NLM_F_EXCL);
        request.AppendAttribute(IFLA_IFNAME, name);
        int info = request.BeginNested(IFLA_LINKINFO);
        request.AppendAttribute(IFLA_INFO_KIND, "veth");
        int data = request.BeginNested(IFLA_INFO_DATA);
        int end = request.BeginNested(VETH_INFO_PEER);
        request.Append(new ifinfomsg());
        request.AppendAttribute(IFLA_IFNAME, peer);
        request.EndNested(end);
        request.EndNested(data);
        request.EndNested(info);
        _connection.Acknowledge(request);
    }

    /// <summary>Makes a tunnel over UDP between two IPv4 addresses, on port 4789.</summary>
    public void AddVxlan(string name, string local, string remote)
    {
        NetlinkRequest request = NewLink(new ifinfomsg(), NLM_F_CREATE | NLM_F_EXCL);
        request.AppendAttribute(IFLA_IFNAME, name);
        int info = request.BeginNested(IFLA_LINKINFO);
        request.AppendAttribute(IFLA_INFO_KIND, "vxlan");
        int data = request.BeginNested(IFLA_INFO_DATA);
        request.AppendAttribute(IFLA_VXLAN_ID, 1u);
        request.AppendAttribute(IFLA_VXLAN_GROUP, BitConverter.ToUInt32(IPAddress.Parse(remote).GetAddressBytes()));
        request.AppendAttribute(IFLA_VXLAN_LOCAL, BitConverter.ToUInt32(IPAddress.Parse(local).GetAddressBytes()));
        request.AppendAttribute(IFLA_VXLAN_PORT, BitConverter.ToUInt16([4789 >> 8, 4789 & 0xff]));
        request.EndNested(data);
        request.EndNested(info);
        _connection.Acknowledge(request);
    }

    /// <summary>Switches a link on or off.</summary>
    public void SetUp(string name, bool up = true)
    {
        var header = new ifinfomsg { ifi_index = IndexOf(name), ifi_flags = up ? IFF_UP : 0, ifi_change = IFF_UP };
        _connection.Acknowledge(NewLink(header));
    }

    /// <summary>Sets how many packets the queue of a link holds.</summary>
    public void SetQueueLength(string name, uint packets) => Set(name, packets, IFLA_TXQLEN);

    /// <summary>Sets how many bytes a packet of a link has at most.</summary>
    public void SetMtu(string name, uint bytes) => Set(name, bytes, IFLA_MTU);

    /// <summary>Sets how many segments a frame that a link sends has at most.</summary>
    public void SetSegments(string name, uint segments) => Set(name, segments, IFLA_GSO_MAX_SEGS);

    /// <summary>Sets how many bytes a frame that a link sends has at most, of either family (Linux 6.3).</summary>
    public void SetFrameSize(string name, uint bytes) => Set(name, bytes, IFLA_GSO_MAX_SIZE, IFLA_GSO_IPV4_MAX_SIZE);

    /// <summary>Renames a link.</summary>
    public void Rename(string name, string newName) => Rename(name, Encoding.UTF8.GetBytes(newName));

    /// <summary>Gives a link a name of any bytes that the kernel takes.</summary>
    public void Rename(string name, ReadOnlySpan<byte> newName)
    {
        NetlinkRequest request = NewLink(new ifinfomsg { ifi_index = IndexOf(name) });
        request.AppendText(IFLA_IFNAME, newName);
        _connection.Acknowledge(request);
    }

    /// <summary>Moves a link to another namespace.</summary>
    public void Move(string name, PrivateNamespace target)
    {
        using SafeFileDescriptor file = Libc.OpenFile(target.Path, LabLibc.O_CLOEXEC);
        NetlinkRequest request = NewLink(new ifinfomsg { ifi_index = IndexOf(name) });
        request.AppendAttribute(IFLA_NET_NS_FD, (int)file.DangerousGetHandle());
        _connection.Acknowledge(request);
    }

    /// <summary>Removes a link.</summary>
    public void Delete(string name)
    {
        NetlinkRequest request = _connection.NewRequest(RTM_DELLINK, NLM_F_ACK);
        request.Append(new ifinfomsg { ifi_index = IndexOf(name) });
        _connection.Acknowledge(request);
    }

    /// <summary>Gives a link an address and the route of its prefix; an IPv6 one is used at once.</summary>
    public void AddAddress(string name, IPAddress address, byte prefixLength) =>
        ChangeAddress(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, name, address, prefixLength);

    /// <summary>Takes an address from a link.</summary>
    public void RemoveAddress(string name, IPAddress address, byte prefixLength) =>
        ChangeAddress(RTM_DELADDR, 0, name, address, prefixLength);

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _client.Dispose();
    }

    private void ChangeAlternativeName(ushort type, ushort flags, string name, ReadOnlySpan<byte> alternative)
    {
        NetlinkRequest request = _connection.NewRequest(type, (ushort)(flags | NLM_F_ACK));
        request.Append(new ifinfomsg { ifi_index = IndexOf(name) });
        int list = request.BeginNested(IFLA_PROP_LIST);
        request.AppendText(IFLA_ALT_IFNAME, alternative);
        request.EndNested(list);
        _connection.Acknowledge(request);
    }

    private void Set(string name, uint value, params ushort[] attributes)
    {
        NetlinkRequest request = NewLink(new ifinfomsg { ifi_index = IndexOf(name) });
        foreach (ushort attribute in attributes)
        {
            request.AppendAttribute(attribute, value);
        }

        _connection.Acknowledge(request);
    }

    private NetlinkRequest NewLink(ifinfomsg header, int flags = 0)
    {
        NetlinkRequest request = _connection.NewRequest(RTM_NEWLINK, (ushort)(NLM_F_ACK | flags));
        request.Append(header);
        return request;
    }

    private void ChangeAddress(ushort type, int flags, string name, IPAddress address, byte prefixLength)
    {
        byte[] bytes = address.GetAddressBytes();
        NetlinkRequest request = _connection.NewRequest(type, (ushort)(NLM_F_ACK | flags));
        request.Append(new ifaddrmsg
        {
            ifa_family = (byte)(bytes.Length == 4 ? 2 : 10),
            ifa_prefixlen = prefixLength,
            ifa_flags = bytes.Length == 4 ? (byte)0 : IFA_F_NODAD,
            ifa_scope = 0,
            ifa_index = (uint)IndexOf(name),
        });
        foreach (ushort attribute in new[] { IFA_LOCAL, IFA_ADDRESS })
        {
            if (bytes.Length == 4)
            {
                request.AppendAttribute(attribute, BitConverter.ToUInt32(bytes));
            }
            else
            {
                request.AppendAttribute(attribute, new UInt128(
                    BitConverter.ToUInt64(bytes, 8), BitConverter.ToUInt64(bytes, 0)));
            }
        }

        _connection.Acknowledge(request);
    }
}
