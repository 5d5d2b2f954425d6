namespace TunStats.Interop;

/// <summary>
/// Constants of sys/socket.h, netinet/in.h, linux/sockios.h, poll.h, fcntl.h, sys/eventfd.h and sched.h, under their
/// own names.
/// </summary>
internal static class SocketConstants
{
    internal const int AF_UNSPEC = 0;
    internal const int AF_UNIX = 1;
    internal const int AF_INET = 2;
    internal const int AF_INET6 = 10;
    internal const int AF_NETLINK = 16;

    internal const int SOCK_STREAM = 1;
    internal const int SOCK_RAW = 3;
    internal const int SOCK_NONBLOCK = 0x800;
    internal const int SOCK_CLOEXEC = 0x80000;

    internal const int SOL_SOCKET = 1;
    internal const int SO_REUSEADDR = 2;
    internal const int SO_RCVBUF = 8;
    internal const int SO_RCVBUFFORCE = 33;
    internal const int IPPROTO_IPV6 = 41;
    internal const int IPV6_V6ONLY = 26;
    internal const int SOL_NETLINK = 270;

    internal const int SHUT_WR = 1;

    internal const int MSG_TRUNC = 0x20;
    internal const int MSG_DONTWAIT = 0x40;
    internal const int MSG_NOSIGNAL = 0x4000;

    internal const uint SIOCOUTQ = 0x5411;
    internal const uint SIOCGIFNAME = 0x8910;

    internal const short POLLIN = 0x1;
    internal const short POLLOUT = 0x4;

    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_CLOEXEC = 0x80000;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_RDWR = 2;
    internal const int SEEK_CUR = 1;
    internal const int F_GETFD = 1;

    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;

    internal const int CLONE_NEWNET = 0x40000000;
}
