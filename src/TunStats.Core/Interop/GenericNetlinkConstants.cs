namespace TunStats.Interop;

/// <summary>Constants of linux/genetlink.h and linux/wireguard.h, under their kernel names.</summary>
internal static class GenericNetlinkConstants
{
    internal const ushort GENL_ID_CTRL = 0x10;
    internal const byte CTRL_CMD_GETFAMILY = 3;
    internal const ushort CTRL_ATTR_FAMILY_ID = 1;
    internal const ushort CTRL_ATTR_FAMILY_NAME = 2;

    internal const byte WG_GENL_VERSION = 1;
    internal const int WG_KEY_LEN = 32;
    internal const byte WG_CMD_GET_DEVICE = 0;

    internal const ushort WGDEVICE_A_IFNAME = 2;
    internal const ushort WGDEVICE_A_PUBLIC_KEY = 4;
    internal const ushort WGDEVICE_A_PEERS = 8;

    internal const ushort WGPEER_A_PUBLIC_KEY = 1;
    internal const ushort WGPEER_A_ENDPOINT = 4;
    internal const ushort WGPEER_A_LAST_HANDSHAKE_TIME = 6;
    internal const ushort WGPEER_A_RX_BYTES = 7;
    internal const ushort WGPEER_A_TX_BYTES = 8;
    internal const ushort WGPEER_A_ALLOWEDIPS = 9;

    internal const ushort WGALLOWEDIP_A_FAMILY = 1;
    internal const ushort WGALLOWEDIP_A_IPADDR = 2;
    internal const ushort WGALLOWEDIP_A_CIDR_MASK = 3;
}
