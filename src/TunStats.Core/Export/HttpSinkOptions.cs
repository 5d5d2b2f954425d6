using System;
using System.Collections.Generic;
using System.Linq;

namespace TunStats.Export;

/// <summary>A collector that takes messages over HTTP.</summary>
internal sealed record HttpSinkOptions
{
    // What this program sets itself, or what would change where a request goes.
    private static readonly string[] OwnHeaders =
        ["Host", "Content-Type", "Content-Encoding", "Content-Length", "Transfer-Encoding", "Connection", "Expect"];

    /// <summary>
    /// The address, http or https. Without a path, the format's usual one is taken. For Elasticsearch the path is the
    /// index or data stream (default <c>tunstats</c>); for ClickHouse the query
    /// <c>INSERT INTO table FORMAT JSONEachRow</c> names the table (default <c>tunstats</c>).
    /// </summary>
    public required Uri Uri { get; init; }

    /// <summary>The form of the requests.</summary>
    public HttpFormat Format { get; init; }

    /// <summary>
    /// The token: <c>Authorization: Bearer</c>, for Splunk <c>Splunk</c>, for Elasticsearch <c>ApiKey</c>, for
    /// ClickHouse the header <c>X-ClickHouse-Key</c>; null for none.
    /// </summary>
    public Secret? Token { get; init; }

    /// <summary>More headers, such as <c>X-Scope-OrgID</c>; their values are not shown either.</summary>
    public IReadOnlyDictionary<string, Secret> Headers { get; init; } = new Dictionary<string, Secret>();

    /// <summary>A file of certificates (PEM) to trust instead of the system's; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>A file with the client's certificate chain (PEM); null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>A file with the certificate's private key (PEM); null if the certificate's file holds it.</summary>
    public string? KeyFile { get; init; }

    /// <summary>How long a request may take.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether bodies are compressed with gzip.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Checks all values; secrets are read once.</summary>
    /// <exception cref="LogSinkException">One is not valid; its name is in the exception.</exception>
    internal void Check()
    {
        if (!Uri.IsAbsoluteUri || Uri.Scheme is not ("http" or "https") || Uri.Host.Length == 0)
        {
            throw Invalid(nameof(Uri), "The address of the collector is not valid; give it as http://host:port/path or "
                + "https://host:port/path.");
        }

        if (Uri.UserInfo.Length > 0)
        {
            throw Invalid(nameof(Uri), "The address of the collector holds a user or a password, which others can see "
                + "there; give them as a token or a header.");
        }

        if (TimeLimit < TimeSpan.FromSeconds(1))
        {
            throw Invalid(nameof(TimeLimit), "The time limit of a request is too short; give 1 second or more.");
        }

        string? file = CaFile ?? CertificateFile ?? KeyFile;
        if (file is not null && Uri.Scheme != "https")
        {
            throw Invalid(
                CaFile is null ? nameof(CertificateFile) : nameof(CaFile),
                $"The certificate file '{file}' has no effect over http; give an https address.");
        }

        if (KeyFile is not null && CertificateFile is null)
        {
            throw Invalid(nameof(KeyFile), $"The key file '{KeyFile}' needs the file of its certificate.");
        }

        foreach ((string name, Secret value) in Headers)
        {
            CheckHeader(name, value);
        }

        if (Token is not null)
        {
            CheckValue(nameof(Token), "the token", Token);
        }
    }

    /// <summary>The name and the start of the header that carries the token.</summary>
    internal (string Name, string Scheme) TokenHeader => Format switch
    {
        HttpFormat.SplunkHec => ("Authorization", "Splunk "),
        HttpFormat.Elasticsearch => ("Authorization", "ApiKey "),
        HttpFormat.ClickHouse => ("X-ClickHouse-Key", ""),
        _ => ("Authorization", "Bearer "),
    };

    private void CheckHeader(string name, Secret value)
    {
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c)))
        {
            throw Invalid(nameof(Headers), $"'{name}' is not the name of a header; give letters, digits and hyphens.");
        }

        if (OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw Invalid(nameof(Headers), $"The header '{name}' is set by the program; leave it out.");
        }

        if (Token is not null && name.Equals(TokenHeader.Name, StringComparison.OrdinalIgnoreCase))
        {
            throw Invalid(nameof(Headers), $"The header '{name}' carries the token already; give one of the two.");
        }

        CheckValue(nameof(Headers), $"the header '{name}'", value);
    }

    private static void CheckValue(string option, string what, Secret value)
    {
        string text;
        try
        {
            text = value.Reveal();
        }
        catch (LogSinkException e)
        {
            throw Invalid(option, e.Message);
        }

        if (text.Length == 0 || text.Any(c => c is < ' ' or >= '\x7f'))
        {
            throw Invalid(option, $"The value of {what} is empty or holds a character that no header can; check where "
                + "it comes from.");
        }
    }

    private static LogSinkException Invalid(string option, string message) =>
        new(message, LogSinkErrorKind.Invalid) { Option = option };
}
