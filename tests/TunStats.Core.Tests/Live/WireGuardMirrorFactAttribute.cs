using System;
using TunStats.Lab;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>
/// A live test that needs the two ends of a WireGuard tunnel to see the same packets; skipped, with the reason, where
/// they do not or a program is missing.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WireGuardMirrorFactAttribute : FactAttribute
{
    public WireGuardMirrorFactAttribute() =>
        Skip = new ToolFactAttribute("wireguard-go", "iperf3", "ping").Skip ?? WireGuardPair.WhyNotMirrored();
}
