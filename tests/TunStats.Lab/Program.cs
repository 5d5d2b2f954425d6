using System;
using System.Diagnostics;
using System.Threading;

namespace TunStats.Lab;

/// <summary>
/// <c>TunStats.Lab NAME [COMMAND ARGUMENT…]</c>: makes a tunnel that nobody reads in the network namespace that it was
/// started in (start it with <c>unshare</c>) and keeps sending into it, so that drops rise. Meanwhile it runs the
/// command and ends with it; without one it says READY and ends with its standard input. <c>TunStats.Lab --pair NAME
/// COMMAND…</c> makes two nodes instead, which talk with each other through the tunnel.
/// </summary>
internal static class Program
{
    private const int FirstBurst = 2000;
    private const int PacketsPerSecond = 1000;
    private const int BeatsPerSecond = 10;

    // What the build script takes as "no lab on this machine", as opposed to a command that failed.
    private const int NoLab = 77;

    private static int Main(string[] arguments)
    {
        bool isPair = arguments is ["--pair", ..];
        arguments = isPair ? arguments[1..] : arguments;
        if (arguments.Length == 0)
        {
            Console.Error.WriteLine("usage: TunStats.Lab [--pair] NAME [COMMAND ARGUMENT…]");
            return 2;
        }

        try
        {
            using LabLinks links = LabLinks.OpenHere();
            if (!links.IsFresh)
            {
                Console.Error.WriteLine("This network namespace is in use. Start the lab in its own: unshare --net.");
                return NoLab;
            }

            PrivateNamespace.SwitchIpv6Off();
            if (isPair)
            {
                using var pair = new LabPair(arguments[0], links);
                return arguments.Length == 1 ? WaitForEnd() : Run(arguments);
            }

            using LabTunnel tunnel = LabTunnel.Open(arguments[0], links);
            tunnel.Send(FirstBurst);
            using var timer = new Timer(
                _ => tunnel.Send(PacketsPerSecond / BeatsPerSecond), null, 0, 1000 / BeatsPerSecond);
            return arguments.Length == 1 ? WaitForEnd() : Run(arguments);
        }
        catch (Exception e) when (e is LabException or Netlink.NetlinkException)
        {
            Console.Error.WriteLine(e.Message);
            return NoLab;
        }
    }

    private static int WaitForEnd()
    {
        Console.WriteLine("READY");
        while (Console.In.Read() >= 0)
        {
        }

        return 0;
    }

    private static int Run(string[] arguments)
    {
        var start = new ProcessStartInfo(arguments[1]) { UseShellExecute = false };
        for (int i = 2; i < arguments.Length; i++)
        {
            start.ArgumentList.Add(arguments[i]);
        }

        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
