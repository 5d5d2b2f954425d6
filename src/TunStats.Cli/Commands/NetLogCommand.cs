using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using System.Threading;
using TunStats.Interop;
using TunStats.NetLog;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats netlog</c>: network log messages of devices and captures, and messages for people.</summary>
internal static class NetLogCommand
{
    private const int StandardOutput = 1;

    internal static Command Create()
    {
        var command = new Command("netlog", "Writes network log messages of devices and captures, or reads them.");
        var options = new FlowOptions(command);
        var route = new Option<string[]>("--route")
        {
            Description = "A prefix that the tunnel carries, beside the device's own routes.",
            HelpName = "PREFIX",
        };
        var routeFile = new Option<string[]>("--route-file")
        {
            Description = "A file of routes, as text or JSON.",
            HelpName = "FILE",
        };
        var overlay = new Option<string[]>("--overlay")
        {
            Description = "A prefix of the overlay network, or 'device' for the subnets of the device's addresses; "
                + "Tailscale's ranges unless it is given.",
            HelpName = "PREFIX",
        };
        var schema = new Option<string?>("--schema")
        {
            Description = "1 for the messages of 2022, which is the default; 2 for today's.",
            HelpName = "1|2",
        };
        var node = new Option<string?>("--node-id") { Description = "The stable id of this node.", HelpName = "ID" };
        var exit = new Option<bool>("--include-exit") { Description = "Keeps addresses and ports of exit traffic." };
        var file = new Option<string?>("--out")
        {
            Description = "Appends to this file, in place of standard output.",
            HelpName = "FILE",
        };
        var read = new Option<string?>("--read")
        {
            Description = "Shows the messages of this file for people, '-' for standard input.",
            HelpName = "FILE",
        };
        foreach (Option option in (Option[])[route, routeFile, overlay, schema, node, exit, file, read])
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (FindFault(result) is { } fault)
            {
                result.AddError(fault);
            }
        });
        command.SetAction(parsed => parsed.GetValue(read) is { } path
            ? NetLogReadRun.Run(path)
            : Log(parsed.CommandResult));
        return command;

        string? FindFault(CommandResult result)
        {
            try
            {
                bool hasSources = options.Settings(result).Sources.Count > 0;
                return result.GetValue(schema) is not (null or "1" or "2") ? "--schema is 1 or 2"
                    : hasSources == result.GetValue(read) is not null
                        ? "name devices or capture files, or a file with --read"
                    : null;
            }
            catch (FormatException e)
            {
                return e.Message;
            }
        }

        int Log(CommandResult result)
        {
            var classes = new ClassifierOptions
            {
                NetworkNamespace = options.Settings(result).NetworkNamespace,
                LocalAddresses = options.LocalTexts(result),
                Routes = result.GetValue(route) ?? [],
                RouteFiles = result.GetValue(routeFile) ?? [],
                Overlay = result.GetValue(overlay) ?? [],
            };
            var messages = new NetLogMessageOptions
            {
                Schema = result.GetValue(schema) == "2" ? NetLogSchema.V2 : NetLogSchema.V1,
                NodeId = result.GetValue(node) ?? "",
                IncludeExit = result.GetValue(exit),
                Reclassify = true,
            };
            using var output = new DescriptorOutput(new SafeFileDescriptor(StandardOutput), TimeProvider.System);
            using FileStream? target = result.GetValue(file) is { } path
                ? new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read)
                : null;
            using var sink = new NetLogSink(messages, classes, line =>
            {
                if (target is null)
                {
                    output.Write(line.Span, CancellationToken.None);
                    output.Flush(CancellationToken.None);
                }
                else
                {
                    target.Write(line.Span);
                    target.Flush();
                }
            });
            return FlowRun.Run(options.Settings(result), sink, TimeProvider.System, () => { });
        }
    }
}
