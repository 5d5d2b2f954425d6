using System;

namespace TunStats.Export;

/// <summary>How flows are exported as IPFIX. <see cref="Validate"/> checks everything before anything starts.</summary>
internal sealed record IpfixOptions
{
    /// <summary>
    /// The enterprise number for documentation (RFC 5612). The project has no number of its own; whoever has one sets
    /// it instead.
    /// </summary>
    public const uint DocumentationEnterprise = 32473;

    internal const int MinMessageBytes = 1_000;
    internal const int MaxMessageLength = 65_535;
    internal const int DefaultRate = 10_000;
    internal const int MaxRate = 10_000_000;
    private const int DefaultUdpBytes = 1_400;
    private const int DefaultStreamBytes = 16_384;

    /// <summary>Where to.</summary>
    public required IpfixTarget Target { get; init; }

    /// <summary>The tunnel's interface name, sent with each flow (interfaceName).</summary>
    public string Tunnel { get; init; } = string.Empty;

    /// <summary>
    /// Tells this exporter from others at the collector; null makes a number of host name and tunnel.
    /// </summary>
    public uint? ObservationDomain { get; init; }

    /// <summary>
    /// The private enterprise number of class and node names; 0 leaves them out. See
    /// <see cref="DocumentationEnterprise"/>.
    /// </summary>
    public uint EnterpriseNumber { get; init; } = DocumentationEnterprise;

    /// <summary>
    /// The most bytes of a message, 1,000 to 65,535; null for 1,400 over UDP, which fits any path's MTU after the
    /// headers, and 16,384 else.
    /// </summary>
    public int? MaxMessageBytes { get; init; }

    /// <summary>
    /// How often UDP repeats the templates, and every transport the statistics; checked when flows are sent.
    /// </summary>
    public TimeSpan TemplateInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After how many messages UDP repeats the templates at the latest.</summary>
    public int TemplateMessages { get; init; } = 100;

    /// <summary>
    /// The most messages a second over UDP, so that a window's end does not overrun the collector's buffer; 0 for no
    /// limit.
    /// </summary>
    public int MaxMessagesPerSecond { get; init; } = DefaultRate;

    /// <summary>A file of certificates (PEM) to trust instead of the system's; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>A file with this exporter's certificate chain (PEM); null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>A file with the certificate's private key (PEM); null if the certificate's file holds it.</summary>
    public string? KeyFile { get; init; }

    /// <summary>How long connecting, and handing over a batch, may take without progress.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The most bytes of a message, defaults included.</summary>
    internal int MessageBytes =>
        MaxMessageBytes ?? (Target.Transport == IpfixTransport.Udp ? DefaultUdpBytes : DefaultStreamBytes);

    /// <summary>Checks the values; files are checked where they are opened.</summary>
    /// <exception cref="LogSinkException">One is out of range, or has no use with this transport.</exception>
    internal void Validate()
    {
        if (MessageBytes is < MinMessageBytes or > MaxMessageLength)
        {
            throw Invalid(
                nameof(MaxMessageBytes),
                $"IPFIX messages of {MessageBytes} bytes are not possible. Give a number from {MinMessageBytes} to "
                + $"{MaxMessageLength}.");
        }

        if (TemplateInterval <= TimeSpan.Zero || TemplateMessages < 1 || MaxMessagesPerSecond < 0)
        {
            throw Invalid(
                nameof(TemplateInterval),
                "IPFIX templates need an interval longer than 0 and at least one message between them; the rate of "
                + "messages cannot be negative.");
        }

        string? file = CaFile ?? CertificateFile ?? KeyFile;
        if (file is not null && Target.Transport != IpfixTransport.Tls)
        {
            throw Invalid(
                CaFile is null ? nameof(CertificateFile) : nameof(CaFile),
                $"The certificate file '{file}' is of use with TLS only, and '{Target}' does not use it. Name the "
                + "collector as tls://host:port.");
        }

        if (KeyFile is not null && CertificateFile is null)
        {
            throw Invalid(nameof(KeyFile), $"The key file '{KeyFile}' needs the file of its certificate.");
        }
    }

    private static LogSinkException Invalid(string option, string message) =>
        new(message, LogSinkErrorKind.Invalid) { Option = option };
}
