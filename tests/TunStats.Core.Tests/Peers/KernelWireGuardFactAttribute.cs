using System;
using System.Diagnostics;
using TunStats.Lab;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Peers;

/// <summary>
/// A live test that needs WireGuard in this kernel; skipped, with the reason, where there is none or a program is
/// missing.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelWireGuardFactAttribute : FactAttribute
{
    private static readonly string? Reason = new ToolFactAttribute("ip", "wg").Skip ?? WhyNot();

    public KernelWireGuardFactAttribute() => Skip = Reason;

    private static string? WhyNot()
    {
        using var space = new PrivateNamespace();
        var start = new ProcessStartInfo("ip", ["link", "add", "wgprobe", "type", "wireguard"])
        {
            RedirectStandardError = true,
        };
        using Process ip = space.Run(() => Process.Start(start)!);
        string said = ip.StandardError.ReadToEnd().Trim();
        ip.WaitForExit();
        return ip.ExitCode == 0 ? null : $"This kernel makes no WireGuard device: {said}";
    }
}
