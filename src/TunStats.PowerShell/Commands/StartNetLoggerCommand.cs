using System;
using System.Collections;
using System.Linq;
using System.Management.Automation;
using System.Security;
using TunStats.Capture;
using TunStats.Export;
using TunStats.Flows;
using TunStats.Logging;
using TunStats.Metrics;
using TunStats.NetLog;
using TunStats.Peers;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;
using TunStats.PowerShell.Jobs;
using TunStats.Sessions;

namespace TunStats.PowerShell.Commands;

/// <summary>Start-NetLogger: network log messages of a device to files and collectors, as a job.</summary>
[Cmdlet(VerbsLifecycle.Start, "NetLogger")]
[OutputType(typeof(NetLoggerJob))]
public sealed class StartNetLoggerCommand : ClassifierCmdlet
{
    /// <summary>The name of the device, or a wildcard of devices that are logged together.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [DeviceName(isSingle: true)]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The length of a window.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan Interval { get; set; } = FlowSessionOptions.DefaultDuration;

    /// <summary>The file that messages are appended to.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>The size in bytes at which the file is rotated.</summary>
    [Parameter]
    [ValidateRange(FileSinkOptions.MinFileSize, long.MaxValue)]
    public long MaxFileSize { get; set; }

    /// <summary>The age at which the file is rotated.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan MaxFileAge { get; set; }

    /// <summary>How many rotated files are kept.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaxFiles { get; set; }

    /// <summary>How many bytes of rotated files are kept, compressed.</summary>
    [Parameter]
    [ValidateRange(FileSinkOptions.MinFileSize, long.MaxValue)]
    public long MaxTotalSize { get; set; }

    /// <summary>The collector that takes messages over HTTP.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? Uri { get; set; }

    /// <summary>The form in which the collector of -Uri takes messages.</summary>
    [Parameter]
    public HttpFormat HttpFormat { get; set; }

    /// <summary>Headers of each request: a SecureString as the value of each name.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable HttpHeader { get; set; } = [];

    /// <summary>The collector's token.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>The file that holds the collector's token.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TokenFile { get; set; }

    /// <summary>The environment variable that holds the collector's token.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TokenVariable { get; set; }

    /// <summary>The certificates (PEM) that the certificate of -Uri has to come from.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? HttpCaFile { get; set; }

    /// <summary>The own certificate and key (PEM) for -Uri.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? HttpCertificateFile { get; set; }

    /// <summary>
    /// The folder where messages wait for -Uri, also over a restart. While its disk is full they are sent from memory.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SpoolPath { get; set; }

    /// <summary>The most bytes of the folder of -SpoolPath.</summary>
    [Parameter]
    [ValidateRange(SpoolOptions.MinBytes, long.MaxValue)]
    public long MaxSpoolSize { get; set; }

    /// <summary>The collector of IPFIX: host:port for UDP, or tcp:// or tls:// before it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Ipfix { get; set; }

    /// <summary>The certificates (PEM) that the collector's certificate has to come from.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? IpfixCaFile { get; set; }

    /// <summary>The private enterprise number of the elements for class and nodes; 0 leaves them out.</summary>
    [Parameter]
    public uint IpfixEnterprise { get; set; } = IpfixOptions.DocumentationEnterprise;

    /// <summary>The own certificate and key (PEM) for -Ipfix.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? IpfixCertificateFile { get; set; }

    /// <summary>The observation domain, which tells this exporter from others.</summary>
    [Parameter]
    public uint IpfixDomain { get; set; }

    /// <summary>The most bytes of an IPFIX message.</summary>
    [Parameter]
    [ValidateRange(IpfixOptions.MinMessageBytes, IpfixOptions.MaxMessageLength)]
    public int IpfixMaxBytes { get; set; }

    /// <summary>The most datagrams a second; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0, IpfixOptions.MaxRate)]
    public int IpfixRate { get; set; } = IpfixOptions.DefaultRate;

    /// <summary>The source of peers and of traffic below the tunnel.</summary>
    [Parameter]
    public PhysicalLayer Physical { get; set; } = PhysicalLayer.Auto;

    /// <summary>The schema of the messages: 1 for that of 2022, 2 for today's.</summary>
    [Parameter]
    [ValidateSet("1", "2")]
    public string SchemaVersion { get; set; } = "1";

    /// <summary>The stable id of this node.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NodeId { get; set; }

    /// <summary>Keeps addresses and ports of exit traffic.</summary>
    [Parameter]
    public SwitchParameter IncludeExit { get; set; }

    /// <summary>Writes messages to the job's output beside other destinations, too.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The size of the device's ring, in bytes.</summary>
    [Parameter]
    [ValidateRange(RingBudget.Smallest, RingBudget.Largest)]
    public long RingBuffer { get; set; }

    /// <summary>The job's name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JobName { get; set; }

    /// <summary>The maximum number of messages that wait to be received.</summary>
    [Parameter]
    [ValidateRange(1, 100_000_000)]
    public int BufferSize { get; set; } = 10_000;

    /// <summary>The file that gets the totals as Prometheus text after each window.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MetricsPath { get; set; }

    /// <summary>Never removes the file of -MetricsPath.</summary>
    [Parameter]
    public SwitchParameter KeepMetricsFile { get; set; }

    /// <summary>The address that the totals are served at.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MetricsEndpoint { get; set; }

    /// <summary>Host names that requests of -MetricsEndpoint may name beside addresses and localhost.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] MetricsHost { get; set; } = [];

    /// <summary>Takes an address of -MetricsEndpoint that other machines can reach.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        foreach (string parameter in (string[])
            [nameof(MaxFileSize), nameof(MaxFileAge), nameof(MaxFiles), nameof(MaxTotalSize)])
        {
            Require(parameter, OutFile is not null, "-OutFile");
        }

        foreach (string parameter in (string[])
            [
                nameof(HttpFormat), nameof(HttpHeader), nameof(Token), nameof(TokenFile), nameof(TokenVariable),
                nameof(HttpCaFile), nameof(HttpCertificateFile), nameof(SpoolPath),
            ])
        {
            Require(parameter, Uri is not null, "-Uri");
        }

        Require(nameof(MaxSpoolSize), SpoolPath is not null, "-SpoolPath");
        foreach (string parameter in (string[])
            [
                nameof(IpfixCaFile), nameof(IpfixCertificateFile), nameof(IpfixEnterprise), nameof(IpfixDomain),
                nameof(IpfixMaxBytes), nameof(IpfixRate),
            ])
        {
            Require(parameter, Ipfix is not null, "-Ipfix");
        }

        Require(nameof(NodeId), SchemaVersion == "2", "-SchemaVersion 2");
        Require(nameof(KeepMetricsFile), MetricsPath is not null, "-MetricsPath");
        Require(nameof(MetricsHost), MetricsEndpoint is not null, "-MetricsEndpoint");
        Require(nameof(Force), MetricsEndpoint is not null, "-MetricsEndpoint");
        RequireTime(ErrorIds.InvalidWindow, nameof(Interval), Interval, FlowMeterOptions.MinInterval);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(Start, Name);

    // Validate everything that can fail before the job starts.
    private void Start()
    {
        MetricsFile? file = null;
        Guard(() => file = MetricsPath is null ? null : MetricsFile.Create(ResolveFile(MetricsPath)), MetricsPath);
        var relay = new NetLoggerRelay();
        NetLogger? logger = null;
        try
        {
            NetLoggerOptions options = MakeOptions();
            logger = Open(options, relay);
            Tell(relay);
            if (!logger.HasSources)
            {
                return;
            }

            MetricsEndpoint? endpoint = null;
            Guard(
                () => endpoint = OpenEndpoint(MetricsEndpoint, MetricsHost, Force, logger.Metrics), MetricsEndpoint);
            var job = new NetLoggerJob(
                logger,
                MyInvocation.Line.Trim(),
                JobName,
                BufferSize,
                PassThru || !options.HasSinks,
                new JobMetrics(file, KeepMetricsFile, endpoint));
            logger.Observer = job;
            logger = null;
            Tell(relay);
            job.Start(this);
            WriteObject(job);
        }
        finally
        {
            logger?.Dispose();
        }
    }

    private NetLogger Open(NetLoggerOptions options, NetLoggerRelay relay)
    {
        try
        {
            return NetLogger.Open(options, relay, cancellationToken: StopToken);
        }
        catch (LogSinkException e) when (ParameterOf(e.Option) is { } parameter && Has(parameter))
        {
            // A text may be shown; a header or a token is named only.
            object? value = MyInvocation.BoundParameters[parameter];
            ThrowTerminatingError(ErrorRecords.From(
                new LogSinkException($"-{parameter}: {e.Message}", e.Failure, e),
                value is SecureString or Hashtable ? parameter : value));
            throw;
        }
    }

    /// <summary>The parameter that gives an option of a destination; null if none does.</summary>
    private string? ParameterOf(string? option) => option switch
    {
        nameof(FileSinkOptions.Path) => nameof(OutFile),
        nameof(FileSinkOptions.MaxFileSize) => nameof(MaxFileSize),
        nameof(FileSinkOptions.MaxFileAge) => nameof(MaxFileAge),
        nameof(FileSinkOptions.MaxFiles) => nameof(MaxFiles),
        nameof(FileSinkOptions.MaxTotalSize) => nameof(MaxTotalSize),
        nameof(HttpSinkOptions.Uri) => nameof(Uri),
        nameof(HttpSinkOptions.Headers) => nameof(HttpHeader),
        nameof(HttpSinkOptions.Token) => Token is not null ? nameof(Token)
            : TokenFile is not null ? nameof(TokenFile)
            : nameof(TokenVariable),
        nameof(HttpSinkOptions.CaFile) => nameof(HttpCaFile),
        nameof(HttpSinkOptions.CertificateFile) => nameof(HttpCertificateFile),
        nameof(SpoolOptions.Directory) => nameof(SpoolPath),
        nameof(Ipfix) + nameof(IpfixOptions.CaFile) => nameof(IpfixCaFile),
        nameof(Ipfix) + nameof(IpfixOptions.CertificateFile) => nameof(IpfixCertificateFile),
        _ => null,
    };

    private void Tell(NetLoggerRelay relay)
    {
        foreach ((Exception? error, string text) in relay.Take())
        {
            if (error is null)
            {
                WriteWarning(text);
            }
            else
            {
                WriteError(ErrorRecords.From(error, text));
            }
        }
    }

    private NetLoggerOptions MakeOptions() => new()
    {
        Flows = new FlowSessionOptions
        {
            Inputs = [new FlowInput(FlowInputKind.Device, Name)],
            NetworkNamespace = NetworkNamespace,
            Interval = Interval,
            IsContinuous = true,
            RingBytes = Has(nameof(RingBuffer)) ? RingBuffer : null,
            Classes = Classes,
            RouteHint = "-Route, -RouteFile, -RouteDevice or -LocalAddress",
            Peers = new PeerSourceOptions { Layer = Physical },
        },
        Messages = new NetLogMessageOptions
        {
            Schema = SchemaVersion == "2" ? NetLogSchema.V2 : NetLogSchema.V1,
            NodeId = NodeId ?? "",
            IncludeExit = IncludeExit,
        },
        Name = JobName ?? "",
        File = OutFile is null ? null : new FileSinkOptions
        {
            Path = ResolveFile(OutFile),
            MaxFileSize = Has(nameof(MaxFileSize)) ? MaxFileSize : null,
            MaxFileAge = Has(nameof(MaxFileAge)) ? MaxFileAge : null,
            MaxFiles = Has(nameof(MaxFiles)) ? MaxFiles : null,
            MaxTotalSize = Has(nameof(MaxTotalSize)) ? MaxTotalSize : null,
        },
        Http = Uri is null ? null : new HttpSinkOptions
        {
            Uri = Uri,
            Format = HttpFormat,
            Headers = HttpHeader.Cast<DictionaryEntry>().ToDictionary(
                header => $"{header.Key}", header => SecretOf($"{header.Key}", header.Value)),
            Token = Token is not null ? Secret.FromSecureString(Token)
                : TokenFile is not null ? Secret.FromFile(ResolveFile(TokenFile))
                : TokenVariable is not null ? Secret.FromEnvironment(TokenVariable)
                : null,
            CaFile = HttpCaFile is null ? null : ResolveFile(HttpCaFile),
            CertificateFile = HttpCertificateFile is null ? null : ResolveFile(HttpCertificateFile),
        },
        HttpSpool = SpoolPath is null ? null : MakeSpool(ResolveFile(SpoolPath)),
        Ipfix = Ipfix is null ? null : new IpfixOptions
        {
            Target = ParseTarget(Ipfix),
            CaFile = IpfixCaFile is null ? null : ResolveFile(IpfixCaFile),
            CertificateFile = IpfixCertificateFile is null ? null : ResolveFile(IpfixCertificateFile),
            ObservationDomain = Has(nameof(IpfixDomain)) ? IpfixDomain : null,
            MaxMessageBytes = Has(nameof(IpfixMaxBytes)) ? IpfixMaxBytes : null,
            MaxMessagesPerSecond = IpfixRate,
            EnterpriseNumber = IpfixEnterprise,
        },
    };

    private SpoolOptions MakeSpool(string folder)
    {
        var options = new SpoolOptions { Directory = folder };
        return Has(nameof(MaxSpoolSize)) ? options with { MaxBytes = MaxSpoolSize } : options;
    }

    private Secret SecretOf(string header, object? value)
    {
        if ((value is PSObject wrapped ? wrapped.BaseObject : value) is SecureString text)
        {
            return Secret.FromSecureString(text);
        }

        ThrowTerminatingError(ErrorRecords.InvalidLogSink(
            new ArgumentException(
                $"-{nameof(HttpHeader)}: The value of '{header}' is not a SecureString. Make one with "
                + "ConvertTo-SecureString or Read-Host -AsSecureString."),
            header));
        return null!;
    }

    private IpfixTarget ParseTarget(string text)
    {
        try
        {
            return IpfixTarget.Parse(text);
        }
        catch (LogSinkException e)
        {
            ThrowTerminatingError(ErrorRecords.InvalidLogSink(
                new LogSinkException($"-{nameof(Ipfix)}: {e.Message}", e.Failure, e), text));
            throw;
        }
    }
}
