using System.Globalization;

namespace TunStats.Capture;

/// <summary>Link types of capture files (LINKTYPE_* of the tcpdump project's registry).</summary>
internal static class LinkType
{
    internal const int Null = 0;
    internal const int Ethernet = 1;
    internal const int RawOpenBsd = 14;
    internal const int RawBsd = 12;
    internal const int Raw = 101;
    internal const int Loop = 108;
    internal const int LinuxSll = 113;

    /// <summary>LINKTYPE_USER0: private use, here by <c>tailscale debug capture</c>.</summary>
    internal const int User0 = 147;
    internal const int IPv4 = 228;
    internal const int IPv6 = 229;
    internal const int LinuxSll2 = 276;

    internal static bool IsSupported(int type) =>
        type is Null or Ethernet or RawBsd or RawOpenBsd or Raw or Loop or LinuxSll
        or User0 or IPv4 or IPv6 or LinuxSll2;

    /// <summary>Whether frames are IP packets without a link header.</summary>
    internal static bool IsRaw(int type) => type is Raw or RawBsd or RawOpenBsd or IPv4 or IPv6;

    /// <summary>The number and, for common types, the name.</summary>
    internal static string Describe(int type)
    {
        string? name = type switch
        {
            6 => "IEEE802_5",
            9 => "PPP",
            50 => "PPP_HDLC",
            105 => "IEEE802_11",
            107 => "FRELAY",
            119 => "IEEE802_11_PRISM",
            127 => "IEEE802_11_RADIOTAP",
            163 => "IEEE802_11_AVS",
            187 => "BLUETOOTH_HCI_H4",
            189 => "USB_LINUX",
            192 => "PPI",
            195 => "IEEE802_15_4_WITHFCS",
            201 => "BLUETOOTH_HCI_H4_WITH_PHDR",
            204 => "PPP_WITH_DIR",
            220 => "USB_LINUX_MMAPPED",
            227 => "CAN_SOCKETCAN",
            239 => "NFLOG",
            249 => "USBPCAP",
            253 => "NETLINK",
            >= 148 and <= 162 => $"USER{type - User0}",
            _ => null,
        };
        string number = type.ToString(CultureInfo.InvariantCulture);
        return name is null ? number : $"{number} ({name})";
    }
}
