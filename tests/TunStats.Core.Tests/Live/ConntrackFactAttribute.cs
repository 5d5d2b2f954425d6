using System;
using System.IO;
using System.Linq;
using TunStats.Lab;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>
/// A live test that needs connection tracking and nftables; skipped, with the reason, where one lacks.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ConntrackFactAttribute : FactAttribute
{
    private static readonly string? Reason = PrivateNamespace.WhyNot() ?? WhyNot();

    public ConntrackFactAttribute() => Skip = Reason;

    private static string? WhyNot()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return !File.Exists("/proc/sys/net/netfilter/nf_conntrack_acct")
            ? "This kernel has no connection tracking (nf_conntrack)."
            : folders.Any(f => File.Exists(Path.Combine(f, "nft")))
                ? null
                : "There is no nft on PATH (Debian: nftables).";
    }
}
