using System;
using TunStats.Interop;

namespace TunStats.Capture;

/// <summary>The errors of capturing packets, in one place.</summary>
internal static class PacketRingErrors
{
    /// <summary>The error for the user from the error number of a system call.</summary>
    internal static TunStatsException From(string call, Errno errno) => errno switch
    {
        Errno.EPERM or Errno.EACCES => new TunStatsException(
            ErrorKind.CaptureDenied,
            "Capturing packets takes the capability CAP_NET_RAW, which this process lacks. Run it as root, or give "
            + $"it to the program with 'setcap cap_net_raw+ep {Environment.ProcessPath}'."),
        Errno.ENOMEM => new TunStatsException(
            ErrorKind.CaptureOutOfMemory,
            $"The kernel has no memory for the packet ring ({call}: {Libc.ErrorText(errno)}). Count fewer devices at "
            + "the same time, or free memory."),
        _ => new TunStatsException(
            ErrorKind.CaptureFailed,
            $"Packets cannot be captured: {call} failed: {Libc.ErrorText(errno)} ({errno})."),
    };
}
