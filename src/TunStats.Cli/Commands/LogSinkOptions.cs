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

    private readonly Option _uri = Option.Value(
        "--uri", "URI", "Send messages to this collector over HTTP, http or https.");

    private readonly Option _format = Option.Value(
        "--http-format",
        "FORMAT",
        "What the collector takes: ndjson (default), loki, elasticsearch, splunkhec, clickhouse or vector.");

    private readonly Option _header = Option.List(
        "--http-header-file", "NAME=FILE", "A header of each request, whose value is in this file.");

    private readonly Option _token = Option.Value("--token-file", "FILE", "The file that holds the collector's token.");
    private readonly Option _tokenVariable = Option.Value(
        "--token-env", "NAME", "The environment variable that holds the collector's token.");

    private readonly Option _httpCa = Option.Value(
        "--http-ca", "FILE", "The certificates (PEM) that the collector's has to come from, with https.");

    private readonly Option _httpCertificate = Option.Value(
        "--http-cert", "FILE", "The program's own certificate and key (PEM), for collectors that ask for one.");

    private readonly Option _spool = Option.Value(
        "--spool",
        "FOLDER",
        "Keep messages for --uri in this folder until they are sent, over restarts, too. While its disk is full, "
        + "they are sent from memory, with a warning.");

    private readonly Option _spoolSize = Option.Value("--spool-max", "MIB", "The largest size of the spool.");

    private readonly Option _ipfix = Option.Value(
        "--ipfix",
        "HOST:PORT",
        "Send flows as IPFIX (RFC 7011) to this collector: by UDP, or tcp://HOST:PORT, or tls://HOST:PORT.");

    private readonly Option _ipfixCa = Option.Value(
        "--ipfix-ca", "FILE", "The certificates (PEM) that the collector's has to come from, with tls://.");

    private readonly Option _ipfixEnterprise = Option.Value(
        "--ipfix-enterprise",
        "NUMBER",
        "The private enterprise number of the elements for class and nodes; default 32473, that for documentation.");

    private readonly Option _ipfixCertificate = Option.Value(
        "--ipfix-cert",
        "FILE",
        "The program's own certificate and key (PEM), for collectors that ask for one, with tls://.");

    private readonly Option _ipfixDomain = Option.Value(
        "--ipfix-domain",
        "NUMBER",
        "The observation domain: tells this exporter from others; default a number made of host name and device.");

    private readonly Option _ipfixSize = Option.Value(
        "--ipfix-max-bytes",
        "BYTES",
        "The largest IPFIX message, 1000 to 65535; default 1400 over UDP, which fits any path, and 16384 else.");

    private readonly Option _ipfixRate = Option.Value(
        "--ipfix-rate", "NUMBER", "The most datagrams a second over UDP; default 10000.");

    internal IReadOnlyList<Option> Options =>
    [
        _file, _size, _age, _count, _total, _uri, _format, _header, _token, _tokenVariable, _httpCa,
        _httpCertificate, _spool, _spoolSize, _ipfix, _ipfixCa, _ipfixCertificate, _ipfixEnterprise, _ipfixDomain,
        _ipfixSize, _ipfixRate,
    ];

    /// <summary>Adds the destinations that were given.</summary>
    /// <exception cref="UsageException">A value is not valid, or has no effect.</exception>
    internal NetLoggerOptions Settings(ParsedArguments arguments, NetLoggerOptions options)
    {
        if (!arguments.Has(_file))
        {
            arguments.Refuse("goes with --out alone", _size, _age, _count, _total);
        }

        if (!arguments.Has(_uri))
        {
            arguments.Refuse(
                "goes with --uri alone", _format, _header, _token, _tokenVariable, _httpCa, _httpCertificate, _spool);
        }

        if (!arguments.Has(_spool))
        {
            arguments.Refuse("goes with --spool alone", _spoolSize);
        }

        if (arguments.Has(_token))
        {
            arguments.Refuse("has no effect beside --token-file", _tokenVariable);
        }

        if (!arguments.Has(_ipfix))
        {
            arguments.Refuse(
                "goes with --ipfix alone", _ipfixCa, _ipfixCertificate, _ipfixEnterprise, _ipfixDomain, _ipfixSize,
                _ipfixRate);
        }

        try
        {
            return options with
            {
                File = File(arguments),
                Http = Http(arguments),
                HttpSpool = Spool(arguments),
                Ipfix = Ipfix(arguments),
            };
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

    private HttpSinkOptions? Http(ParsedArguments arguments)
    {
        if (arguments.Value(_uri) is not { } text)
        {
            return null;
        }

        Dictionary<string, Secret> headers = [];
        foreach (string header in arguments.Values(_header))
        {
            int equals = header.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new UsageException($"--http-header-file '{header}' is not valid; give NAME=FILE");
            }

            headers[header[..equals]] = Secret.FromFile(header[(equals + 1)..]);
        }

        return new HttpSinkOptions
        {
            Uri = Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
                ? uri
                : throw new UsageException("--uri is not a valid address; give http://host:port/path or https://…"),
            Format = Format(arguments.Value(_format)),
            Headers = headers,
            Token = arguments.Value(_token) is { } file ? Secret.FromFile(file)
                : arguments.Value(_tokenVariable) is { } name ? Secret.FromEnvironment(name)
                : null,
            CaFile = arguments.Value(_httpCa),
            CertificateFile = arguments.Value(_httpCertificate),
        };
    }

    private SpoolOptions? Spool(ParsedArguments arguments)
    {
        if (arguments.Value(_spool) is not { } folder)
        {
            return null;
        }

        var options = new SpoolOptions { Directory = folder };
        return Size(arguments, _spoolSize) is { } size ? options with { MaxBytes = size } : options;
    }

    private static HttpFormat Format(string? text) => text switch
    {
        null or "ndjson" => HttpFormat.Ndjson,
        "loki" => HttpFormat.Loki,
        "elasticsearch" => HttpFormat.Elasticsearch,
        "splunkhec" => HttpFormat.SplunkHec,
        "clickhouse" => HttpFormat.ClickHouse,
        "vector" => HttpFormat.Vector,
        _ => throw new UsageException(
            $"--http-format '{text}' is not known; give ndjson, loki, elasticsearch, splunkhec, clickhouse or vector"),
    };

    private IpfixOptions? Ipfix(ParsedArguments arguments) => arguments.Value(_ipfix) is not { } target ? null : new()
    {
        Target = IpfixTarget.Parse(target),
        CaFile = arguments.Value(_ipfixCa),
        CertificateFile = arguments.Value(_ipfixCertificate),
        ObservationDomain = (uint?)arguments.Count(_ipfixDomain, uint.MaxValue),
        MaxMessageBytes = (int?)arguments.Count(_ipfixSize, IpfixOptions.MaxMessageLength),
        MaxMessagesPerSecond = (int?)arguments.Count(_ipfixRate, IpfixOptions.MaxRate)
            ?? IpfixOptions.DefaultRate,
        EnterpriseNumber = (uint?)arguments.Count(_ipfixEnterprise, uint.MaxValue)
            ?? IpfixOptions.DocumentationEnterprise,
    };

    private static long? Size(ParsedArguments arguments, Option option) =>
        arguments.Count(option, long.MaxValue / Mebibyte) * Mebibyte;
}
