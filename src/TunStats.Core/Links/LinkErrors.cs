using System;
using TunStats.Interop;

namespace TunStats.Links;

/// <summary>Every error of the Links room, in one place.</summary>
internal static class LinkErrors
{
    internal static TunStatsException NameNotFound(string name) => new(
        ErrorKind.DeviceNotFound,
        name,
        $"There is no network interface named '{LinkName.Normalize(name)}' in this network namespace. Check the "
        + "spelling, or whether the device is in another namespace."
        + (name.Contains('[', StringComparison.Ordinal) ? " A wildcard needs a ']' after each '['." : ""));

    internal static TunStatsException IndexNotFound(int index) => new(
        ErrorKind.DeviceNotFound,
        $"There is no network interface with the index {index} in this network namespace.");

    internal static TunStatsException InvalidName(string name, string message) =>
        new(ErrorKind.InvalidDeviceName, name, message);

    internal static TunStatsException KernelTooOld() => new(
        ErrorKind.KernelTooOld,
        $"This kernel ({Environment.OSVersion.Version}) does not answer RTM_GETSTATS. Linux 4.7 or later is needed.");

    internal static TunStatsException StatsTooShort(int length, int needed) => new(
        ErrorKind.InvalidKernelReply,
        $"The kernel sent {length} bytes of link counters (IFLA_STATS_LINK_64); at least {needed} are needed.");

    internal static TunStatsException NoStats(int index) => new(
        ErrorKind.InvalidKernelReply,
        $"The kernel's answer for the interface with index {index} holds no counters (IFLA_STATS_LINK_64).");

    internal static TunStatsException OtherIndex(int asked, int answered) => new(
        ErrorKind.InvalidKernelReply,
        $"The kernel was asked about the interface with index {asked} and answered about index {answered}.");
}
