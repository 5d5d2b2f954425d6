using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace TunStats.Metrics;

/// <summary>
/// One connection of a <see cref="MetricsEndpoint"/>: one request and one answer within a deadline.
/// </summary>
internal sealed class MetricsConnection
{
    /// <summary>The deadline of a connection.</summary>
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>The deadline of the request head.</summary>
    internal static readonly TimeSpan HeadDeadline = TimeSpan.FromSeconds(2);

    /// <summary>The maximum length of the request head in bytes.</summary>
    internal const int MaxHeadBytes = 8 * 1024;

    private const int MaxBytesToIgnore = 64 * 1024;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly MetricsSource _metrics;
    private readonly MetricsHosts _hosts;
    private readonly TimeProvider _timeProvider;
    private readonly byte[] _head = new byte[MaxHeadBytes];

    internal MetricsConnection(Socket socket, MetricsSource metrics, MetricsHosts hosts, TimeProvider timeProvider)
    {
        _socket = socket;
        _metrics = metrics;
        _hosts = hosts;
        _timeProvider = timeProvider;
        AcceptedAt = timeProvider.GetTimestamp();
    }

    /// <summary>The monotonic time at which it was accepted.</summary>
    internal long AcceptedAt { get; }

    /// <summary>Whether a complete request has arrived.</summary>
    internal bool HasRequest { get; private set; }

    /// <summary>Completes when the connection is closed; never fails.</summary>
    internal Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Starts serving.</summary>
    /// <param name="leave">Called when the connection is closed.</param>
    /// <param name="stop">Closes it.</param>
    internal void Start(Action leave, CancellationToken stop) => Completion = Task.Run(
        async () =>
        {
            try
            {
                await ServeAsync(stop).ConfigureAwait(false);
            }
            catch (Exception e) when (
                e is ObjectDisposedException or OperationCanceledException || MetricsEndpoint.IsRefusal(e))
            {
                // The client has gone, was too slow or was disconnected: nobody is left to answer.
            }
            finally
            {
                _socket.Dispose();
                leave();
            }
        },
        CancellationToken.None);

    /// <summary>Closes the connection at once.</summary>
    internal void Abort() => _socket.Dispose();

    private async Task ServeAsync(CancellationToken stop)
    {
        using var late = new CancellationTokenSource(Deadline, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        int length;
        using (var slow = new CancellationTokenSource(HeadDeadline, _timeProvider))
        using (var head = CancellationTokenSource.CreateLinkedTokenSource(stop, slow.Token))
        {
            length = await ReceiveHeadAsync(head.Token).ConfigureAwait(false);
        }

        if (length == 0)
        {
            return;
        }

        HasRequest = true;
        HttpRequestHead request = length < 0
            ? new HttpRequestHead(HttpStatusCode.RequestHeaderFieldsTooLarge, false, MetricsFormat.Prometheus)
            : HttpRequestHead.Parse(_head.AsSpan(0, length), _hosts);
        await AnswerAsync(request, either.Token).ConfigureAwait(false);
        await PartAsync(either.Token).ConfigureAwait(false);
    }

    /// <summary>Receives up to the empty line, or until the bytes cannot become a request.</summary>
    /// <returns>The length of the head; 0 where the client closed first, -1 where it is too long.</returns>
    private async Task<int> ReceiveHeadAsync(CancellationToken cancellationToken)
    {
        int filled = 0;
        while (filled < _head.Length)
        {
            int received = await _socket
                .ReceiveAsync(_head.AsMemory(filled), SocketFlags.None, cancellationToken).ConfigureAwait(false);
            if (received == 0)
            {
                return 0;
            }

            int from = Math.Max(0, filled - 3);
            filled += received;
            int end = HttpRequestHead.FindEnd(_head.AsSpan(0, filled), from);
            if (end >= 0 || HttpRequestHead.IsHopeless(_head.AsSpan(0, filled)))
            {
                return end >= 0 ? end : filled;
            }
        }

        return -1;
    }

    private async Task AnswerAsync(HttpRequestHead request, CancellationToken cancellationToken)
    {
        var text = new Utf8Buffer();
        string type;
        if (request.Status == HttpStatusCode.OK)
        {
            _metrics.Write(request.Format, text);
            type = request.Format == MetricsFormat.OpenMetrics
                ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                : "text/plain; version=0.0.4; charset=utf-8";
        }
        else
        {
            text.Append(Encoding.ASCII.GetBytes($"{(int)request.Status} {Reason(request.Status)}\n"));
            type = "text/plain; charset=utf-8";
        }

        bool isCompressed = request.Status == HttpStatusCode.OK && request.AcceptsGzip;
        ReadOnlyMemory<byte> body = isCompressed ? GzipText.Compress(text.Written.Span) : text.Written;
        string encoding = isCompressed ? "Content-Encoding: gzip\r\n" : "";
        string allow = request.Status == HttpStatusCode.MethodNotAllowed ? "Allow: GET, HEAD\r\n" : "";
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {(int)request.Status} {Reason(request.Status)}\r\nDate: {_timeProvider.GetUtcNow():R}\r\n"
            + $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n{encoding}"
            + $"Vary: Accept, Accept-Encoding\r\n{allow}"
            + $"Connection: close\r\n\r\n");
        await SendAsync(Encoding.ASCII.GetBytes(head), cancellationToken).ConfigureAwait(false);
        if (!request.IsHead)
        {
            await SendAsync(body, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Shuts down sending and lets the client finish: closing with unread bytes would reset the connection and discard
    /// the answer in flight.
    /// </summary>
    private async Task PartAsync(CancellationToken cancellationToken)
    {
        _socket.Shutdown(SocketShutdown.Send);
        using var enough = new CancellationTokenSource(Farewell, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enough.Token);
        for (int ignored = 0; ignored < MaxBytesToIgnore;)
        {
            int received = await _socket.ReceiveAsync(_head, SocketFlags.None, either.Token).ConfigureAwait(false);
            if (received == 0)
            {
                return;
            }

            ignored += received;
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            int sent = await _socket.SendAsync(bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            bytes = bytes[sent..];
        }
    }

    private static string Reason(HttpStatusCode status) => status switch
    {
        HttpStatusCode.OK => "OK",
        HttpStatusCode.BadRequest => "Bad Request",
        HttpStatusCode.NotFound => "Not Found",
        HttpStatusCode.MethodNotAllowed => "Method Not Allowed",
        HttpStatusCode.MisdirectedRequest => "Misdirected Request",
        HttpStatusCode.RequestHeaderFieldsTooLarge => "Request Header Fields Too Large",
        _ => "HTTP Version Not Supported",
    };
}
