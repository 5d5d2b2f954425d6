using System;
using System.Collections.Generic;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Links;

/// <summary>One network interface at one instant, as RTM_GETLINK reports it. A snapshot: it never changes.</summary>
internal sealed class LinkInfo
{
    /// <summary>The name, such as <c>tailscale0</c> (IFLA_IFNAME); empty if the kernel sent none.</summary>
    public required string Name { get; init; }

    /// <summary>The alternative names (IFLA_ALT_IFNAME).</summary>
    public IReadOnlyList<string> AlternativeNames { get; init; } = [];

    /// <summary>The index, unique in its namespace while the interface exists (ifi_index).</summary>
    public required int Index { get; init; }

    /// <summary>
    /// The kind given by its driver (<c>tun</c>, <c>wireguard</c>, … of IFLA_INFO_KIND), else its hardware
    /// (<c>loopback</c>, <c>ether</c>, … of ifi_type).
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>The flags (ifi_flags).</summary>
    public LinkFlags Flags { get; init; }

    /// <summary>The operational state (IFLA_OPERSTATE).</summary>
    public OperationalState OperationalState { get; init; }

    /// <summary>Number of carrier changes (IFLA_CARRIER_CHANGES).</summary>
    public uint CarrierChanges { get; init; }

    /// <summary>The largest packet in bytes, without the link's header (IFLA_MTU).</summary>
    public uint Mtu { get; init; }

    /// <summary>The length of the transmit queue in packets (IFLA_TXQLEN).</summary>
    public uint TxQueueLength { get; init; }

    /// <summary>
    /// The name of the queueing discipline, such as <c>fq_codel</c> (IFLA_QDISC); empty if there is none.
    /// </summary>
    public string Qdisc { get; init; } = "";

    /// <summary>
    /// The hardware type: ARPHRD_* of linux/if_arp.h (ifi_type). 65534 for a device without a link header.
    /// </summary>
    public ushort HardwareType { get; init; }

    /// <summary>
    /// Whether the device is a tunnel (see <see cref="LinkKinds.IsTunnel"/>). The kernel's own tunl0, gre0, sit0 and so
    /// on, which exist wherever their module is loaded, count as tunnels only while they are up.
    /// </summary>
    public bool IsTunnel =>
        LinkKinds.IsTunnel(Kind) && ((Flags & LinkFlags.Up) != 0 || !LinkKinds.IsFallbackName(Name));

    /// <summary>Reads an RTM_NEWLINK or RTM_DELLINK message.</summary>
    /// <exception cref="NetlinkException">A length in it is invalid.</exception>
    public static LinkInfo Parse(scoped in NetlinkMessage message)
    {
        ifinfomsg fixedPart = message.ReadFixed<ifinfomsg>(out ReadOnlySpan<byte> bytes);
        string name = "", qdisc = "";
        string? kind = null;
        IReadOnlyList<string> alternatives = [];
        uint mtu = 0, queueLength = 0, carrierChanges = 0;
        byte state = 0;
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case IFLA_IFNAME:
                    name = LinkName.FromBytes(attributes.ReadTextBytes());
                    break;
                case IFLA_MTU:
                    mtu = attributes.ReadNumber<uint>(nameof(IFLA_MTU));
                    break;
                case IFLA_TXQLEN:
                    queueLength = attributes.ReadNumber<uint>(nameof(IFLA_TXQLEN));
                    break;
                case IFLA_QDISC:
                    qdisc = QdiscName(attributes.ReadTextBytes());
                    break;
                case IFLA_OPERSTATE:
                    state = attributes.ReadNumber<byte>(nameof(IFLA_OPERSTATE));
                    break;
                case IFLA_PROP_LIST:
                    alternatives = ReadAlternativeNames(attributes.Value);
                    break;
                case IFLA_CARRIER_CHANGES:
                    carrierChanges = attributes.ReadNumber<uint>(nameof(IFLA_CARRIER_CHANGES));
                    break;
                case IFLA_LINKINFO:
                    kind = ReadKind(attributes.Value) ?? kind;
                    break;
            }
        }

        return new LinkInfo
        {
            Name = name,
            AlternativeNames = alternatives,
            Index = fixedPart.ifi_index,
            Kind = kind ?? LinkKinds.FromHardwareType(fixedPart.ifi_type),
            Flags = (LinkFlags)fixedPart.ifi_flags,
            OperationalState = (OperationalState)state,
            CarrierChanges = carrierChanges,
            Mtu = mtu,
            TxQueueLength = queueLength,
            Qdisc = qdisc,
            HardwareType = fixedPart.ifi_type,
        };
    }

    /// <summary>The interface's name.</summary>
    public override string ToString() => Name;

    /// <summary>The alternative names in an IFLA_PROP_LIST.</summary>
    internal static IReadOnlyList<string> ReadAlternativeNames(ReadOnlySpan<byte> properties)
    {
        List<string> names = [];
        var nested = new NetlinkAttributeReader(properties);
        while (nested.Read())
        {
            if (nested.Type == IFLA_ALT_IFNAME)
            {
                names.Add(LinkName.FromBytes(nested.ReadTextBytes()));
            }
        }

        return names;
    }

    private static string? ReadKind(ReadOnlySpan<byte> linkInfo)
    {
        var nested = new NetlinkAttributeReader(linkInfo);
        while (nested.Read())
        {
            if (nested.Type == IFLA_INFO_KIND)
            {
                return LinkKinds.FromBytes(nested.ReadTextBytes());
            }
        }

        return null;
    }

    private static string QdiscName(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("noqueue"u8) ? "noqueue"
        : name.SequenceEqual("noop"u8) ? "noop"
        : name.SequenceEqual("fq_codel"u8) ? "fq_codel"
        : name.SequenceEqual("pfifo_fast"u8) ? "pfifo_fast"
        : System.Text.Encoding.UTF8.GetString(name);
}
