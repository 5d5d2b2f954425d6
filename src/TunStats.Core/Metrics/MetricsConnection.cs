using System;
using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using TunStats.Interop;

namespace TunStats.Metrics;

/// <summary>
/// One connection of a <see cref="MetricsEndpoint"/>: one request and one answer within a deadline. It never waits: it
/// says what it waits for, and goes on when that is there.
/// </summary>
internal sealed class MetricsConnection : IDisposable
{
    /// <summary>The deadline of a connection.</summary>
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>The deadline of the request head.</summary>
    internal static readonly TimeSpan HeadDeadline = TimeSpan.FromSeconds(2);

    /// <summary>The maximum length of the request head in bytes.</summary>
    internal const int MaxHeadBytes = 8 * 1024;

    private const int MaxBytesToIgnore = 64 * 1024;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly TcpSocket _socket;
    private readonly MetricsSource _metrics;
    private readonly MetricsHosts _hosts;
    private readonly TimeProvider _timeProvider;
    private readonly byte[] _head = new byte[MaxHeadBytes];
    private int _filled;
    private ReadOnlyMemory<byte> _answer;
    private ReadOnlyMemory<byte> _body;
    private bool _isAnswered;
    private int _ignored;
    private TimeSpan _limit = HeadDeadline;

    internal MetricsConnection(
        TcpSocket socket, MetricsSource metrics, MetricsHosts hosts, TimeProvider timeProvider)
    {
        _socket = socket;
        _metrics = metrics;
        _hosts = hosts;
        _timeProvider = timeProvider;
        AcceptedAt = timeProvider.GetTimestamp();
    }

    /// <summary>The descriptor's number, for poll(2).</summary>
    internal int Number => _socket.Number;

    /// <summary>What it waits for, as poll(2) takes it.</summary>
    internal short Events => HasRequest && !_isAnswered ? SocketConstants.POLLOUT : SocketConstants.POLLIN;

    /// <summary>The monotonic time at which it was accepted.</summary>
    internal long AcceptedAt { get; }

    /// <summary>Whether a complete request has arrived.</summary>
    internal bool HasRequest { get; private set; }

    /// <summary>Whether its time has passed.</summary>
    internal bool IsLate => _timeProvider.GetElapsedTime(AcceptedAt) >= _limit;

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Goes on as far as that is possible without waiting.</summary>
    /// <returns>False if it is done: all is answered, or the client has gone.</returns>
    internal bool Proceed()
    {
        Errno errno = Errno.None;
        while (errno == Errno.None)
        {
            errno = !HasRequest ? Receive() : !_isAnswered ? Send() : Part();
        }

        return errno is Errno.EAGAIN or Errno.EINTR;
    }

    /// <summary>Receives up to the empty line, or until the bytes cannot become a request.</summary>
    private Errno Receive()
    {
        int received = _socket.Receive(_head.AsSpan(_filled), out Errno errno);
        if (received == 0)
        {
            return errno == Errno.None ? Errno.EPIPE : errno;
        }

        int from = Math.Max(0, _filled - 3);
        _filled += received;
        ReadOnlySpan<byte> head = _head.AsSpan(0, _filled);
        int end = HttpRequestHead.FindEnd(head, from);
        if (end >= 0 || HttpRequestHead.IsHopeless(head))
        {
            Answer(HttpRequestHead.Parse(end >= 0 ? head[..end] : head, _hosts));
        }
        else if (_filled == _head.Length)
        {
            Answer(new HttpRequestHead(
                HttpStatusCode.RequestHeaderFieldsTooLarge, false, MetricsFormat.Prometheus));
        }

        return Errno.None;
    }

    private void Answer(HttpRequestHead request)
    {
        HasRequest = true;
        _limit = Deadline;
        var text = new ArrayBufferWriter<byte>();
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
            text.Write(Encoding.ASCII.GetBytes($"{(int)request.Status} {Reason(request.Status)}\n"));
            type = "text/plain; charset=utf-8";
        }

        bool isCompressed = request.Status == HttpStatusCode.OK && request.AcceptsGzip;
        ReadOnlyMemory<byte> body = isCompressed ? GzipText.Compress(text.WrittenSpan) : text.WrittenMemory;
        string encoding = isCompressed ? "Content-Encoding: gzip\r\n" : "";
        string allow = request.Status == HttpStatusCode.MethodNotAllowed ? "Allow: GET, HEAD\r\n" : "";
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {(int)request.Status} {Reason(request.Status)}\r\nDate: {_timeProvider.GetUtcNow():R}\r\n"
            + $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n{encoding}"
            + $"Vary: Accept, Accept-Encoding\r\n{allow}"
            + $"Connection: close\r\n\r\n");
        _answer = Encoding.ASCII.GetBytes(head);
        _body = request.IsHead ? default : body;
    }

    private Errno Send()
    {
        if (_answer.IsEmpty)
        {
            (_answer, _body) = (_body, default);
        }

        if (_answer.IsEmpty)
        {
            return ShutDown();
        }

        int sent = _socket.Send(_answer.Span, out Errno errno);
        _answer = _answer[sent..];
        return errno;
    }

    /// <summary>
    /// Shuts down sending and lets the client finish: closing with unread bytes would reset the connection and discard
    /// the answer in flight.
    /// </summary>
    private Errno ShutDown()
    {
        TimeSpan enough = _timeProvider.GetElapsedTime(AcceptedAt) + Farewell;
        _limit = enough < Deadline ? enough : Deadline;
        _isAnswered = true;
        return _socket.EndSending();
    }

    private Errno Part()
    {
        int received = _socket.Receive(_head, out Errno errno);
        _ignored += received;
        return (received == 0 && errno == Errno.None) || _ignored >= MaxBytesToIgnore
            ? Errno.EPIPE
            : errno;
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
