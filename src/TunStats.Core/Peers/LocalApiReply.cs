using System;
using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Peers;

/// <summary>
/// The answer to one GET over tailscaled's socket. The request is HTTP/1.0, so the answer is not chunked and ends with
/// its length or the connection. The framework's client would add 4.7 MB to the native program.
/// </summary>
internal sealed class LocalApiReply : IDisposable
{
    private const int FirstBuffer = 64 * 1024;
    private const int MaxHeadLength = 16 * 1024;

    private readonly string _path;
    private readonly int _longest;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private int _length;
    private int _bodyStart;
    private int? _contentLength;

    private LocalApiReply(string path, int longest)
    {
        _path = path;
        _longest = longest;
    }

    /// <summary>The status code.</summary>
    internal int Status { get; private set; }

    /// <summary>The body; valid until this is disposed.</summary>
    internal ReadOnlySpan<byte> Body => _buffer.AsSpan(_bodyStart, _length - _bodyStart);

    /// <summary>Sends the request and receives the whole answer.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="path">The socket's path, for errors.</param>
    /// <param name="resource">The resource, such as <c>/localapi/v0/status</c>.</param>
    /// <param name="longest">The limit of the answer in bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">The answer is not HTTP, too long, late, or truncated.</exception>
    internal static LocalApiReply Get(
        UnixStream stream, string path, string resource, int longest, CancellationToken cancellationToken)
    {
        // tailscaled answers only requests with this host name, which no web page can have.
        stream.Send(
            Encoding.ASCII.GetBytes($"GET {resource} HTTP/1.0\r\nHost: local-tailscaled.sock\r\n\r\n"),
            cancellationToken);
        var reply = new LocalApiReply(path, longest);
        try
        {
            reply.Receive(stream, cancellationToken);
            return reply;
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[] buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            _length = _bodyStart = 0;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Receive(UnixStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_length == _buffer.Length)
            {
                Grow();
            }

            int count = stream.Receive(_buffer.AsSpan(_length), cancellationToken);
            _length += count;
            if (_bodyStart == 0)
            {
                FindBody(isWhole: count == 0);
            }

            int body = _length - _bodyStart;
            if (_length > _longest)
            {
                throw PeerErrors.TooLong(_path, _longest);
            }

            if (_bodyStart > 0 && body >= _contentLength)
            {
                _length = _bodyStart + _contentLength.Value;
                return;
            }

            if (count == 0)
            {
                if (_contentLength is { } announced)
                {
                    throw Invalid($"it ends after {body} of {announced} bytes");
                }

                return;
            }
        }
    }

    private void FindBody(bool isWhole)
    {
        int end = _buffer.AsSpan(0, _length).IndexOf("\r\n\r\n"u8);
        if (end >= 0)
        {
            ReadHead(_buffer.AsSpan(0, end));
            _bodyStart = end + 4;
        }
        else if (isWhole || _length > MaxHeadLength)
        {
            throw Invalid("it has no HTTP head");
        }
    }

    private void ReadHead(ReadOnlySpan<byte> head)
    {
        int end = head.IndexOf("\r\n"u8);
        ReadOnlySpan<byte> line = end < 0 ? head : head[..end];
        const int StatusStart = 9;
        if (!line.StartsWith("HTTP/1."u8)
            || line.Length < StatusStart + 3
            || !Utf8Parser.TryParse(line.Slice(StatusStart, 3), out int status, out int used)
            || used != 3)
        {
            throw Invalid("it is not HTTP");
        }

        Status = status;
        foreach (string header in Encoding.ASCII.GetString(head[line.Length..]).Split("\r\n"))
        {
            int colon = header.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? header : header[..colon];
            string value = header[(colon + 1)..].Trim();
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                _contentLength = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                    ? length
                    : throw Invalid($"its length '{PrintableText.Escape(value)}' is not a number up to 2 GiB");
            }
            else if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                throw Invalid("it has a transfer encoding, which was not requested");
            }
        }
    }

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private TunStatsException Invalid(string what) => PeerErrors.InvalidReply(_path, what);
}
