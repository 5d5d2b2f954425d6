namespace TunStats.Interop;

/// <summary>Constants of linux/sock_diag.h, and states of sockets of netinet/tcp.h, under their kernel names.</summary>
internal static class SocketDiagConstants
{
    internal const ushort SOCK_DIAG_BY_FAMILY = 20;

    internal const byte TCP_SYN_RECV = 3;
    internal const byte TCP_TIME_WAIT = 6;
    internal const byte TCP_CLOSING = 11;
}
