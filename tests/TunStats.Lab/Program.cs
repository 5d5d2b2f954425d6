using System;
using System.Threading;

namespace TunStats.Lab;

/// <summary>
/// <c>TunStats.Lab NAME [PACKETS-PER-SECOND]</c>: makes a tunnel that nobody reads, in the network namespace that it was started
/// in (start it with <c>unshare</c>), sends into it and says READY; ends with its standard input.
/// </summary>
internal static class Program
{
    private const int FirstBurst = 2000;
    private const int BeatsPerSecond = 10;

    private static int Main(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            Console.Error.WriteLine("usage: TunStats.Lab NAME [PACKETS-PER-SECOND]");
            return 2;
        }

        try
        {
            int perSecond = arguments.Length > 1 ? int.Parse(arguments[1], null) : 1000;
            using LabLinks links = LabLinks.OpenHere();
            if (!links.IsFresh)
            {
                Console.Error.WriteLine("This network namespace is in use. Start the lab in one of its own: unshare --net.");
                return 1;
            }

            using LabTunnel tunnel = LabTunnel.Open(arguments[0], links);
            tunnel.Send(FirstBurst);
            Console.WriteLine("READY");
            using var timer = new Timer(_ => tunnel.Send(perSecond / BeatsPerSecond), null, 0, 1000 / BeatsPerSecond);
            while (Console.In.Read() >= 0)
            {
            }

            return 0;
        }
        catch (Exception e) when (e is LabException or Netlink.NetlinkException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }
}
