using System;
using System.CommandLine;
using TunStats.Interop;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats flows</c>: every connection's packets and bytes, of devices and capture files.</summary>
internal static class FlowsCommand
{
    private const int StandardOutput = 1;

    internal static Command Create()
    {
        var command = new Command("flows", "Counts every connection's packets and bytes, of devices and captures.");
        var top = new Option<string?>("--top")
        {
            Description = "Only so many connections of each window, those of most bytes first.",
            HelpName = "N",
        };
        var options = new FlowOptions(command, top);
        var json = new Option<bool>("--json") { Description = "One JSON object per connection and line." };
        command.Add(json);
        command.Validators.Add(result =>
        {
            try
            {
                if (options.Settings(result).Sources.Count == 0)
                {
                    result.AddError("name a device or a capture file");
                }
            }
            catch (FormatException e)
            {
                result.AddError(e.Message);
            }
        });
        command.SetAction(parsed =>
        {
            FlowSettings settings = options.Settings(parsed.CommandResult);
            using var output = new DescriptorOutput(new SafeFileDescriptor(StandardOutput), TimeProvider.System);
            using FlowJsonSink? lines = parsed.GetValue(json) ? new FlowJsonSink(output) : null;
            FlowSink sink = lines is null ? new FlowTableSink(output) : lines;
            return FlowRun.Run(settings, sink, TimeProvider.System, () => { });
        });
        return command;
    }
}
