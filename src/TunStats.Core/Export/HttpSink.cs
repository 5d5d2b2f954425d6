using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Threading;
using TunStats.Interop;
using TunStats.IO;

namespace TunStats.Export;

/// <summary>
/// Messages to a collector by POST. At least once: what has no answer is sent again, and the sequence in each message
/// shows what came twice. A batch that is refused is cut in halves until what is refused stands alone.
/// </summary>
internal sealed class HttpSink : ILogSink
{
    // An answer is read as far as it is of use; a collector cannot fill the memory.
    private const int MaxReplyBytes = 4 * 1024 * 1024;
    private const int MaxShownLength = 200;
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpSinkOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly HttpClient _client;
    private readonly Uri _target;
    private readonly MemoryStream _body = new();
    private readonly string _host = Environment.MachineName;
    private int _limit = int.MaxValue;

    private HttpSink(HttpSinkOptions options, TimeProvider timeProvider, HttpMessageHandler handler)
    {
        _options = options;
        _timeProvider = timeProvider;
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _target = HttpBodyWriter.Target(options);
        Name = $"{options.Uri.Scheme} {options.Uri.Host}:{options.Uri.Port}";
    }

    public string Name { get; }

    public bool UsesMessages => false;

    /// <summary>Checks the options; nothing is sent before the first message.</summary>
    /// <exception cref="LogSinkException">An option is not valid; a certificate or secret is unreadable.</exception>
    internal static HttpSink Open(HttpSinkOptions options, TimeProvider timeProvider)
    {
        options.Check();
        var handler = new SocketsHttpHandler
        {
            // A redirect could carry the token elsewhere.
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = ConnectionLifetime,
            ConnectTimeout = options.TimeLimit,
            AutomaticDecompression = DecompressionMethods.GZip,
        };
        if (options.Uri.Scheme == "https")
        {
            handler.SslOptions = TlsTrust.CreateOptions(
                options.Uri.IdnHost, options.CaFile, options.CertificateFile, options.KeyFile);
        }

        return new HttpSink(options, timeProvider, handler);
    }

    public void Write(IReadOnlyList<LogEntry> batch, CancellationToken cancellationToken)
    {
        LogEntry[] entries = [.. batch];
        int taken = 0;
        while (taken < entries.Length)
        {
            int count = Math.Min(_limit, entries.Length - taken);
            LogSinkException? error = Send(entries.AsSpan(taken, count), cancellationToken);
            if (error is null)
            {
                taken += count;
                _limit = (int)Math.Min(int.MaxValue, 2L * _limit);
            }
            else if (count > 1 && error.Refused == 0 && error.Failure != LogSinkErrorKind.Transient)
            {
                _limit = count / 2;
            }
            else
            {
                throw new LogSinkException(error.Message, error.Failure)
                {
                    Taken = taken + error.Taken,
                    Refused = error.Failure == LogSinkErrorKind.Transient ? 0 : Math.Max(1, error.Refused),
                    RetryAfter = error.RetryAfter,
                };
            }
        }
    }

    public void Flush(CancellationToken cancellationToken)
    {
    }

    public void Reopen()
    {
    }

    public void Dispose()
    {
        _client.Dispose();
        _body.Dispose();
    }

    /// <returns>Null where all entries were taken; it says how many are refused where the collector tells.</returns>
    private LogSinkException? Send(ReadOnlySpan<LogEntry> entries, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.TimeLimit, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        bool hasBegun = false;
        try
        {
            using HttpRequestMessage request = CreateRequest(entries);
            using HttpResponseMessage response = _client.Send(
                request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            hasBegun = true;
            byte[] reply = ReadReply(response, either.Token);
            return response.IsSuccessStatusCode
                ? _options.Format == HttpFormat.Elasticsearch ? BulkReply.Check(reply, entries.Length, Name) : null
                : Refusal(response, reply);
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Whatever the connection said when it was cut.
            return Transient(
                hasBegun ? "its answer did not end within the time limit" : "it did not answer within the time limit");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Transient(Describe(e));
        }
        catch (LogSinkException e)
        {
            // A secret that cannot be read now, such as a file that is being replaced.
            return new LogSinkException(e.Message, LogSinkErrorKind.Transient);
        }
    }

    private HttpRequestMessage CreateRequest(ReadOnlySpan<LogEntry> entries)
    {
        _body.SetLength(0);
        if (_options.Compress)
        {
            using var gzip = new GZipStream(_body, CompressionLevel.Fastest, leaveOpen: true);
            using var buffered = new BufferedStream(gzip, 64 * 1024);
            HttpBodyWriter.Write(buffered, _options.Format, _host, entries);
        }
        else
        {
            HttpBodyWriter.Write(_body, _options.Format, _host, entries);
        }

        Uri target = HttpBodyWriter.Target(_target, _options.Format, entries[0], entries[^1]);
        var content = new ByteArrayContent(_body.GetBuffer(), 0, (int)_body.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue(HttpBodyWriter.ContentType(_options.Format));
        if (_options.Compress)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = content };
        request.Headers.TryAddWithoutValidation("User-Agent", "tunstats");
        foreach ((string name, Secret value) in _options.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value.Reveal());
        }

        if (_options.Token is not null)
        {
            (string name, string scheme) = _options.TokenHeader;
            request.Headers.TryAddWithoutValidation(name, scheme + _options.Token.Reveal());
        }

        return request;
    }

    private static byte[] ReadReply(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using Stream stream = response.Content.ReadAsStream(cancellationToken);
        using CancellationTokenRegistration cut = cancellationToken.Register(response.Dispose);
        using var reply = new MemoryStream();
        byte[] block = new byte[16 * 1024];
        for (int count; reply.Length < MaxReplyBytes && (count = stream.Read(block)) > 0;)
        {
            reply.Write(block, 0, count);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return reply.ToArray();
    }

    private LogSinkException Refusal(HttpResponseMessage response, byte[] reply)
    {
        int status = (int)response.StatusCode;
        string said = $"The collector {Name} answered with status {status}";
        LogSinkErrorKind kind = status switch
        {
            413 => LogSinkErrorKind.TooLarge,
            401 or 403 or 404 or 407 or 408 or 425 or 429 => LogSinkErrorKind.Transient,
            >= 400 and < 500 => LogSinkErrorKind.Refused,
            _ => LogSinkErrorKind.Transient,
        };
        string hint = status switch
        {
            401 or 403 => ": it does not accept the token. Check the token and its rights.",
            404 => ": it has nothing at this path. Check the address and the format.",
            413 => ": the message is too large for it. Raise its limit.",
            429 => ": it is busy.",
            >= 300 and < 400 => ": it wants another address, and redirects are not followed. Give the final address.",
            >= 400 and < 500 when Shown(reply) is { Length: > 0 } text => $": {text}",
            >= 400 and < 500 => ". Check the address and the format.",
            _ => ".",
        };
        return new LogSinkException(said + hint, kind) { RetryAfter = RetryAfter(response.Headers.RetryAfter) };
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) =>
        header?.Delta ?? (header?.Date is { } date ? date - _timeProvider.GetUtcNow() : null);

    /// <summary>The start of an answer for people, without the secrets that a collector may send back.</summary>
    private string Shown(byte[] reply)
    {
        string text = System.Text.Encoding.UTF8.GetString(reply, 0, Math.Min(reply.Length, 16 * 1024));
        foreach (Secret secret in _options.Headers.Values.Append(_options.Token).OfType<Secret>())
        {
            text = text.Replace(secret.Reveal(), "***", StringComparison.Ordinal);
        }

        return PrintableText.Escape(text.Trim(), MaxShownLength);
    }

    private LogSinkException Transient(string why) =>
        new($"The collector {Name} cannot be reached: {why}.", LogSinkErrorKind.Transient);

    /// <summary>The framework's own texts are resource keys in a program that is trimmed.</summary>
    private static string Describe(Exception e) => (e as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "the host name has no address",
        HttpRequestError.SecureConnectionError =>
            "its certificate is not trusted, or it does not speak TLS; check the name and the CA file",
        HttpRequestError.ConnectionError when e.InnerException is SocketException socket =>
            Libc.ErrorText((Errno)socket.ErrorCode),
        HttpRequestError.InvalidResponse => "its answer is not valid HTTP",
        HttpRequestError.ProxyTunnelError => "the proxy does not let the connection through",
        _ => "the connection was closed",
    };
}
