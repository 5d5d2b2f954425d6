using System;
using System.CommandLine;
using System.IO;
using TunStats.Cli.Commands;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.NetLog;
using TunStats.Polling;

namespace TunStats.Cli;

/// <summary>The program <c>tunstats</c>: a word for each command, and errors as one line on standard error.</summary>
internal static class Program
{
    private const int Failure = 1;
    private const int Usage = 2;

    private static int Main(string[] arguments)
    {
        var root = new RootCommand("Statistics of tunnel devices, from the Linux kernel.")
        {
            StatsCommand.Create(),
            PollCommand.Create(),
            FlowsCommand.Create(),
            NetLogCommand.Create(),
        };
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                Complain(error.Message);
            }

            return Usage;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is LinkException or NetlinkException or NetworkNamespaceException
            or MetricsFileException or MetricsEndpointException or ClassifierException or UnauthorizedAccessException)
        {
            Complain(e.Message);
            return Failure;
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException
            || e.HResult != (int)Errno.EPIPE)
        {
            Complain(e.Message);
            return Failure;
        }
        catch (IOException)
        {
            // Whoever read the output has read enough (EPIPE).
            return Failure;
        }
    }

    /// <summary>Tells of an error.</summary>
    internal static void Complain(string message) => Console.Error.WriteLine($"tunstats: {message}");
}
