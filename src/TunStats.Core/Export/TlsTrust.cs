using System;
using System.IO;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TunStats.Interop;

namespace TunStats.Export;

/// <summary>Certificates from files, for a TLS client.</summary>
internal static class TlsTrust
{
    private const string Authorities = "CA certificates";

    /// <summary>How a client checks a server and says who it is itself.</summary>
    /// <param name="host">The name or address that the server's certificate has to be for.</param>
    /// <param name="caFile">Certificates to trust (PEM) instead of the system's; null for the system's.</param>
    /// <param name="certificateFile">The client's certificate chain (PEM); null for none.</param>
    /// <param name="keyFile">Its private key (PEM); null if the certificate's file holds it.</param>
    /// <exception cref="LogSinkException">A file cannot be read or does not hold what it should.</exception>
    internal static SslClientAuthenticationOptions CreateOptions(
        string host, string? caFile, string? certificateFile, string? keyFile)
    {
        if (!OpenSsl.IsInstalled)
        {
            throw new LogSinkException(
                "TLS needs OpenSSL (libssl), which is not installed here. Install it, or send without TLS.",
                LogSinkErrorKind.Invalid);
        }

        var options = new SslClientAuthenticationOptions { TargetHost = host };
        if (caFile is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            Read(caFile, Authorities, () => policy.CustomTrustStore.ImportFromPemFile(caFile));
            if (policy.CustomTrustStore.Count == 0)
            {
                throw Unusable(caFile, Authorities, "it holds no certificate");
            }

            options.CertificateChainPolicy = policy;
        }

        if (certificateFile is not null)
        {
            Read(keyFile ?? certificateFile, "a certificate and its key", () =>
            {
                X509Certificate2 own = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
                var chain = new X509Certificate2Collection();
                chain.ImportFromPemFile(certificateFile);
                options.ClientCertificateContext = SslStreamCertificateContext.Create(own, chain, offline: true);
            });
        }

        return options;
    }

    private static void Read(string path, string content, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw Unusable(path, content, e is FileNotFoundException or DirectoryNotFoundException ? "it does not exist"
                : e is UnauthorizedAccessException ? "this user may not read it"
                : "it is not valid PEM", e);
        }
    }

    private static LogSinkException Unusable(string path, string content, string why, Exception? inner = null) => new(
        $"'{path}' cannot be used for {content}: {why}. Give a PEM file that this user may read.",
        LogSinkErrorKind.Invalid,
        inner)
    {
        Option = content == Authorities ? nameof(HttpSinkOptions.CaFile) : nameof(HttpSinkOptions.CertificateFile),
    };
}
