using System;
using System.Collections.Generic;
using TunStats.Cli.Arguments;
using TunStats.Export;
using TunStats.Logging;

namespace TunStats.Cli.Commands;

/// <summary>The arguments of <c>tunstats netlog</c> that say where messages go.</summary>
internal sealed class LogSinkOptions
{
    private const long Mebibyte = 1 << 20;

    private readonly Option _file = Option.Value(
        "--out",
        "FILE",
        "Append messages to this file. SIGHUP reopens it, such as after a rotation by another program.");

    private readonly Option _size = Option.Value(
        "--out-max-size", "MIB", "Rotate the file before it becomes larger than this.");

    private readonly Option _age = Option.Value("--out-max-age", "TIME", "Rotate the file after this time.");
    private readonly Option _count = Option.Value("--out-max-files", "N", "Keep at most N rotated files.");
    private readonly Option _total = Option.Value(
        "--out-max-total", "MIB", "Keep at most so much of rotated files, compressed.");

    private readonly Option _ipfix = Option.Value(
        "--ipfix",
        "HOST:PORT",
        "Send flows as IPFIX (RFC 7011) to this collector: by UDP, or tcp://HOST:PORT, or tls://HOST:PORT.");

    private readonly Option _ipfixCa = Option.Value(
        "--ipfix-ca", "FILE", "The certificates (PEM) that the collector's has to come from, with tls://.");

    internal IReadOnlyList<Option> Options => [_file, _size, _age, _count, _total, _ipfix, _ipfixCa];

    /// <summary>Adds the destinations that were given.</summary>
    /// <exception cref="UsageException">A value is not valid, or has no effect.</exception>
    internal NetLoggerOptions Settings(ParsedArguments arguments, NetLoggerOptions options)
    {
        if (!arguments.Has(_file))
        {
            arguments.Refuse("goes with --out alone", _size, _age, _count, _total);
        }

        if (!arguments.Has(_ipfix))
        {
            arguments.Refuse("goes with --ipfix alone", _ipfixCa);
        }

        try
        {
            return options with { File = File(arguments), Ipfix = Ipfix(arguments) };
        }
        catch (LogSinkException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private FileSinkOptions? File(ParsedArguments arguments) => arguments.Value(_file) is not { } path ? null : new()
    {
        Path = path,
        MaxFileSize = Size(arguments, _size),
        MaxFileAge = arguments.Duration(_age, TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650), "1 s to 3650 days"),
        MaxFiles = (int?)arguments.Count(_count, int.MaxValue),
        MaxTotalSize = Size(arguments, _total),
    };

    private IpfixOptions? Ipfix(ParsedArguments arguments) => arguments.Value(_ipfix) is not { } target ? null : new()
    {
        Target = IpfixTarget.Parse(target),
        CaFile = arguments.Value(_ipfixCa),
    };

    private static long? Size(ParsedArguments arguments, Option option) =>
        arguments.Count(option, long.MaxValue / Mebibyte) * Mebibyte;
}
