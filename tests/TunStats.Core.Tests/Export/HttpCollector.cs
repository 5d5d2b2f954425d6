using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Tasks;

namespace TunStats.Tests.Export;

/// <summary>A collector that answers, stalls, refuses or cuts connections as a test says.</summary>
internal sealed class HttpCollector : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentBag<TcpClient> _clients = [];

    internal HttpCollector(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        _ = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal Uri Uri => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{Port}");

    internal ConcurrentQueue<Request> Requests { get; } = [];

    /// <summary>Makes the answer to a request; null cuts the connection.</summary>
    internal Func<Request, string?> Answer { get; set; } = _ => Status(200);

    /// <summary>Whether a connection is cut before its request is read.</summary>
    internal Func<bool> Cuts { get; set; } = () => false;

    internal static string Status(int status, string body = "", params string[] headers) =>
        $"HTTP/1.1 {status} x\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
        + string.Concat(headers.Select(h => h + "\r\n")) + "\r\n" + body;

    public void Dispose()
    {
        _listener.Dispose();
        foreach (TcpClient client in _clients)
        {
            client.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync();
                _clients.Add(client);
                _ = Task.Factory.StartNew(() => Serve(client), TaskCreationOptions.LongRunning);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Serve(TcpClient client)
    {
        using TcpClient owned = client;
        try
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                tls.AuthenticateAsServer(_certificate);
                stream = tls;
            }

            using var buffered = new BufferedStream(stream);
            while (!Cuts() && Read(buffered) is { } request)
            {
                if (Answer(request) is not { } answer)
                {
                    return;
                }

                stream.Write(Encoding.UTF8.GetBytes(answer));
            }
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException
            or SocketException or ObjectDisposedException)
        {
            // The client has gone.
        }
    }

    private Request? Read(Stream stream)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int c = stream.ReadByte();
            if (c < 0)
            {
                return null;
            }

            head.Append((char)c);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> headers = lines.Skip(1).Select(l => l.Split(": ", 2))
            .ToDictionary(p => p[0], p => p[1], StringComparer.OrdinalIgnoreCase);
        byte[] body = new byte[int.Parse(headers["Content-Length"], null)];
        stream.ReadExactly(body);
        if (headers.GetValueOrDefault("Content-Encoding") == "gzip")
        {
            using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            gzip.CopyTo(plain);
            body = plain.ToArray();
        }

        var request = new Request(lines[0], headers, Encoding.UTF8.GetString(body));
        Requests.Enqueue(request);
        return request;
    }

    /// <summary>A request with its body as text.</summary>
    internal sealed record Request(string Line, IReadOnlyDictionary<string, string> Headers, string Body);
}
