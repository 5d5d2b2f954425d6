using System;
using System.Collections.Concurrent;
using System.IO;
using System.Net.Sockets;
using System.Threading;

namespace TunStats.Tests.Fakes;

/// <summary>A Unix socket in a folder of its own, behind which a script answers each connection in turn.</summary>
internal sealed class UnixServer : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _ended = new();
    private readonly Thread _thread;

    /// <summary>Listens.</summary>
    /// <param name="answer">
    /// Takes what came up to an empty line, and the connection to answer on; the token ends with the server.
    /// </param>
    /// <param name="name">The socket's file name.</param>
    internal UnixServer(Action<string, Stream, CancellationToken> answer, string name = "test.sock")
    {
        Path = System.IO.Path.Combine(_folder.FullName, name);
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        _thread = new Thread(() => Serve(answer)) { IsBackground = true, Name = "unix server" };
        _thread.Start();
    }

    internal string Path { get; }

    /// <summary>What was asked, one entry a connection.</summary>
    internal ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Listens no more; the folder stays.</summary>
    internal void StopListening()
    {
        _ended.Cancel();
        _listener.Dispose();
        _thread.Join();
    }

    public void Dispose()
    {
        StopListening();
        _ended.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Serve(Action<string, Stream, CancellationToken> answer)
    {
        while (true)
        {
            try
            {
                using Socket connection = _listener.Accept();
                using var stream = new NetworkStream(connection);
                string request = ReadRequest(stream);
                Requests.Enqueue(request);
                answer(request, stream, _ended.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException && _ended.IsCancellationRequested)
            {
                return;
            }
            catch (IOException)
            {
                // The client heard enough.
            }
        }
    }

    private static string ReadRequest(NetworkStream stream)
    {
        string request = "";
        while (!request.EndsWith("\n\n", StringComparison.Ordinal)
            && !request.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int next = stream.ReadByte();
            if (next < 0)
            {
                break;
            }

            request += (char)next;
        }

        return request;
    }
}
