using System;

namespace TunStats.Links;

/// <summary>Every error of the Links room, worded in one place.</summary>
internal static class LinkErrors
{
    internal static LinkException NameNotFound(string name) => new(
        LinkErrorKind.NotFound,
        $"There is no network interface named '{LinkName.Normalize(name)}' in this network namespace. Check the "
        + "spelling, or whether the device is in another namespace.",
        name);

    internal static LinkException IndexNotFound(int index) => new(
        LinkErrorKind.NotFound,
        $"There is no network interface with the index {index} in this network namespace.");

    internal static LinkException InvalidName(string name, string message) =>
        new(LinkErrorKind.InvalidName, message, name);

    internal static LinkException KernelTooOld() => new(
        LinkErrorKind.KernelTooOld,
        $"This kernel ({Environment.OSVersion.Version}) does not answer RTM_GETSTATS. Linux 4.7 or later is needed.");

    internal static LinkException StatsTooShort(int length, int needed) => new(
        LinkErrorKind.InvalidReply,
        $"The kernel sent {length} bytes of link counters (IFLA_STATS_LINK_64); at least {needed} are needed.");

    internal static LinkException NoStats(int index) => new(
        LinkErrorKind.InvalidReply,
        $"The kernel's answer for the interface with index {index} holds no counters (IFLA_STATS_LINK_64).");

    internal static LinkException OtherIndex(int asked, int answered) => new(
        LinkErrorKind.InvalidReply,
        $"The kernel was asked about the interface with index {asked} and answered about index {answered}.");
}
