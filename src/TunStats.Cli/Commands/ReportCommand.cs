using System;
using System.Collections.Generic;
using TunStats.Cli.Arguments;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Views;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats report</c>: a log or a capture as one HTML file.</summary>
internal sealed class ReportCommand : Command
{
    private readonly RouteOptions _routes = new();
    private readonly Option _out = Option.Value(
        "--out", "FILE", "Write the report to this file, '-' for standard output; replaces an older report.", "-o");

    private readonly Option _samples = Option.List(
        "--samples", "FILE", "Samples of devices, as 'tunstats poll --json' writes them, for their drops.");

    private readonly Option _title = Option.Value("--title", "TEXT", "The heading of the report.");
    private readonly Option _local = FlowOptions.LocalOption();

    internal override string Name => "report";

    internal override string Summary => "Makes an HTML report of network logs, captures and samples.";

    internal override Operands Operands { get; } = new(
        "FILE",
        "Network logs and captures (pcap or pcapng), also compressed with gzip; '-' for a log on standard input.",
        IsRequired: false);

    internal override IReadOnlyList<Option> Options => [_out, _samples, _title, _local, .. _routes.Options];

    internal override int Run(ParsedArguments arguments)
    {
        if (arguments.Value(_out) is not { } path)
        {
            throw new UsageException("name the report's file with --out, such as --out report.html");
        }

        if (arguments.Operands.Count == 0 && !arguments.Has(_samples))
        {
            throw new UsageException("name a network log or a capture, or samples with --samples");
        }

        ReportFile? output = Open(path, [.. arguments.Operands, .. arguments.Values(_samples)]);
        var report = new TunReport();
        var input = new ReportInput(
            report,
            FlowOptions.Addresses(arguments.Values(_local)),
            _routes.Settings(arguments, arguments.Values(_local)));
        foreach (string file in arguments.Operands)
        {
            input.AddFile(file);
        }

        foreach (string file in arguments.Values(_samples))
        {
            input.AddSamples(file);
        }

        foreach (string warning in report.Repeats.Warnings)
        {
            Program.Complain($"warning: {warning}");
        }

        if (report.IsEmpty)
        {
            throw new FailureException("there is no traffic and no sample in what was read; no report was written");
        }

        Write(path, output, report.ToHtml(arguments.Value(_title), TimeProvider.System.GetUtcNow()));
        return input.Errors == 0 ? 0 : 1;
    }

    /// <summary>What can be known to fail is an error before hours of input are read.</summary>
    private static ReportFile? Open(string path, List<string> inputs)
    {
        ReportFile? file = null;
        if (path != "-")
        {
            Guard(path, () =>
            {
                inputs.ForEach(input => ReportFile.RefuseInput(path, input));
                file = ReportFile.Open(path);
            });
        }

        return file;
    }

    private static void Write(string path, ReportFile? file, string html)
    {
        if (file is null)
        {
            Program.Print(html);
            return;
        }

        Guard(path, () => file.Write(html));
    }

    private static void Guard(string path, Action step)
    {
        try
        {
            step();
        }
        catch (TunStatsException e)
        {
            throw new FailureException($"--out: {e.Message}");
        }
        catch (Exception e) when (FileErrors.IsFileError(e))
        {
            throw new FailureException($"--out: {FileErrors.Describe(e, path)}");
        }
    }
}
