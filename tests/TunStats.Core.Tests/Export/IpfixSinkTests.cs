using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Export;
using TunStats.NetLog;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Tests.Export.IpfixMessages;

namespace TunStats.Tests.Export;

/// <summary>The sink on sockets of the loopback.</summary>
public sealed class IpfixSinkTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void UdpSendsDatagrams()
    {
        using var collector = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var sink = new IpfixSink(Options($"127.0.0.1:{((IPEndPoint)collector.Client.LocalEndPoint!).Port}"));
        sink.Write(Entries(Sample(), Many(100)), default);
        var decoder = new IpfixDecoder();
        IPEndPoint? from = null;
        while (collector.Available > 0)
        {
            byte[] datagram = collector.Receive(ref from);
            Assert.InRange(datagram.Length, 1, 1400);
            decoder.Read(datagram);
        }

        Assert.Equal(Expected(Sample()).Concat(Expected(Many(100))), decoder.Flows.Select(r => r.Flow));
    }

    [Fact]
    public async Task UdpIsPacedByTheClock()
    {
        using var collector = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var clock = new ManualTimeProvider();
        IpfixOptions options = Options($"127.0.0.1:{((IPEndPoint)collector.Client.LocalEndPoint!).Port}");
        using var sink = new IpfixSink(
            options with { MaxMessagesPerSecond = 32, TimeLimit = TimeSpan.FromHours(1) }, clock);
        LogEntry[] batch = Entries(Many(2000));
        Task writing = Task.Run(() => sink.Write(batch, default));
        TimeSpan elapsed = TimeSpan.Zero;
        while (!writing.IsCompleted)
        {
            Assert.True(sink.Statistics.Messages <= 32 * (1 + (long)elapsed.TotalSeconds));
            elapsed += TimeSpan.FromMilliseconds(100);
            clock.Advance(TimeSpan.FromMilliseconds(100));
            Thread.Yield();
        }

        await writing;
        Assert.True(elapsed >= TimeSpan.FromSeconds((sink.Statistics.Messages - 1) / 32));
    }

    [Fact]
    public void UdpToNobodyIsATransientError()
    {
        int port;
        using (var probe = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)))
        {
            port = ((IPEndPoint)probe.Client.LocalEndPoint!).Port;
        }

        using var sink = new IpfixSink(Options($"127.0.0.1:{port}"));
        LogSinkException error = Assert.Throws<LogSinkException>(() => sink.Write(Entries(Many(500)), default));
        Assert.Equal(LogSinkErrorKind.Transient, error.Failure);
        Assert.Equal($"IPFIX cannot be sent to udp://127.0.0.1:{port}: Connection refused.", error.Message);
    }

    [Fact]
    public async Task TcpSendsTemplatesOncePerConnection()
    {
        using var server = new TcpCollector();
        using var sink = new IpfixSink(Options($"tcp://127.0.0.1:{server.Port}"));
        sink.Write(Entries(Sample()), default);
        sink.Write(Entries(Many(3000)), default);
        sink.Dispose();
        var decoder = new IpfixDecoder();
        decoder.ReadStream(await server.ContentAsync(0));
        Assert.Equal(1, decoder.TemplateSets);
        Assert.Equal(Expected(Sample()).Concat(Expected(Many(3000))), decoder.Flows.Select(r => r.Flow));
    }

    [Fact]
    public async Task TcpConnectsAgainAndRepeatsWhatWasNotAcknowledged()
    {
        using var server = new TcpCollector { BytesUntilReset = 40_000 };
        using var sink = new IpfixSink(Options($"tcp://127.0.0.1:{server.Port}"));
        NetLogMessage[] messages = [Sample(), Many(20_000), Many(10)];
        sink.Write(Entries(messages[0]), default);
        LogSinkException error = Assert.Throws<LogSinkException>(() => sink.Write(Entries(messages[1]), default));
        Assert.Equal((LogSinkErrorKind.Transient, 0), (error.Failure, error.Taken));
        server.BytesUntilReset = long.MaxValue;
        sink.Write(Entries(messages[1]), default);
        sink.Write(Entries(messages[2]), default);
        sink.Dispose();
        var decoder = new IpfixDecoder();
        decoder.ReadStream(await server.ContentAsync(1));
        Assert.Equal(0u, decoder.Headers[0].Sequence);
        Assert.Equal(1, decoder.TemplateSets);
        Assert.Equal(
            Expected(messages[1]).Concat(Expected(messages[2])), decoder.Flows.Select(r => r.Flow));
    }

    [Fact]
    public async Task TcpSeesThatTheCollectorLeftBeforeItSends()
    {
        using var server = new TcpCollector();
        using var sink = new IpfixSink(Options($"tcp://127.0.0.1:{server.Port}"));
        for (int i = 0; i < 20; i++)
        {
            // A collector that leaves while it is acknowledged has what was acknowledged.
            sink.Write(Entries(Sample()), default);
            await server.CloseAsync(i);
            Repeat(() => sink.Write(Entries(Many(5)), default));
        }

        sink.Dispose();
        int flows = 0;
        for (int i = 0; i <= 20; i++)
        {
            var decoder = new IpfixDecoder();
            decoder.ReadStream(await server.ContentAsync(i));
            flows += decoder.Flows.Count();
        }

        Assert.Equal(20 * (Expected(Sample()).Count() + Expected(Many(5)).Count()), flows);
    }

    [Fact]
    public async Task TcpThatNobodyReadsEndsWithTheTimeLimit()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var clock = new ManualTimeProvider();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var sink = new IpfixSink(Options($"tcp://127.0.0.1:{port}"), clock);
        LogEntry[] batch = Entries([.. Enumerable.Repeat(Many(20_000), 20)]);
        Task writing = Task.Run(() => sink.Write(batch, default));
        using Socket silent = listener.AcceptSocket();
        long before = -1;
        while (before != sink.Statistics.Messages || before == 0)
        {
            before = sink.Statistics.Messages;
            await Task.Delay(20);
        }

        while (!writing.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            Thread.Yield();
        }

        LogSinkException error = await Assert.ThrowsAsync<LogSinkException>(() => writing);
        Assert.Contains("did not take everything within the time limit", error.Message);
    }

    [Fact]
    public async Task StoppingEndsAWrite()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sink = new IpfixSink(Options($"tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));
        LogEntry[] batch = Entries([.. Enumerable.Repeat(Many(20_000), 20)]);
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(() => sink.Write(batch, stop.Token));
        using Socket silent = listener.AcceptSocket();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    [Fact]
    public async Task TlsChecksTheCollectorAndShowsTheOwnCertificate()
    {
        (X509Certificate2 root, X509Certificate2 certificate) = Certificates("localhost");
        using var server = new TcpCollector(certificate);
        IpfixOptions options = Options($"tls://localhost:{server.Port}") with
        {
            CaFile = Save("ca.pem", root.ExportCertificatePem()),
            CertificateFile = Save(
                "own.pem", certificate.ExportCertificatePem() + "\n"
                    + certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem()),
        };
        using (var sink = new IpfixSink(options))
        {
            sink.Write(Entries(Sample()), default);
            sink.Write(Entries(Many(3000)), default);
        }

        var decoder = new IpfixDecoder();
        decoder.ReadStream(await server.ContentAsync(0));
        Assert.Equal(Expected(Sample()).Concat(Expected(Many(3000))), decoder.Flows.Select(r => r.Flow));
        Assert.Equal(certificate.Thumbprint, server.ClientThumbprint);
    }

    [Theory]
    [InlineData("localhost", false)]
    [InlineData("elsewhere.example", true)]
    public void TlsRefusesACollectorThatIsNotTheOne(string name, bool isTrusted)
    {
        (X509Certificate2 root, X509Certificate2 certificate) = Certificates(name);
        using var server = new TcpCollector(certificate);
        IpfixOptions options = Options($"tls://localhost:{server.Port}") with
        {
            CaFile = isTrusted ? Save("ca.pem", root.ExportCertificatePem()) : null,
        };
        using var sink = new IpfixSink(options);
        LogSinkException error = Assert.Throws<LogSinkException>(() => sink.Write(Entries(Sample()), default));
        Assert.Equal(LogSinkErrorKind.Transient, error.Failure);
        Assert.Contains("its certificate is not trusted", error.Message);
    }

    [Theory]
    [InlineData("udp://host.invalid", "the host name has no address")]
    [InlineData("tcp://127.0.0.1:1", "Connection refused")]
    public void ACollectorThatIsNotThereIsATransientError(string target, string why)
    {
        using var sink = new IpfixSink(Options(target));
        LogSinkException error = Assert.Throws<LogSinkException>(() => sink.Write(Entries(Sample()), default));
        Assert.Equal(LogSinkErrorKind.Transient, error.Failure);
        Assert.Contains(why, error.Message);
    }

    [Fact]
    public void DropsOfTheQueueReachTheStatistics()
    {
        using var sink = new IpfixSink(Options("tcp://127.0.0.1:1"));
        using var queue = new SinkQueue(sink, new ManualTimeProvider(), new SinkQueueOptions { MaxMessages = 1 });
        LogEntry[] entries = Entries(Sample(), Sample());
        Assert.True(queue.TryAdd(entries[0]));
        Assert.False(queue.TryAdd(entries[1]));
        var recorder = new Recorder();
        var exporter = new IpfixExporter(Options(), sink.Statistics, new ManualTimeProvider());
        exporter.Begin(recorder);
        exporter.Write(Many(1), default);
        exporter.Flush(default);
        IpfixDecoder.Record lost =
            recorder.Decode().Records.Single(r => r.Set == IpfixTemplates.ExportReliability);
        Assert.Equal((5UL, 75UL, 31412UL), ((ulong)lost[166]!, (ulong)lost[167]!, (ulong)lost[168]!));
    }

    /// <summary>Saves a certificate for 127.0.0.1 that signs itself, with its key.</summary>
    internal static void SaveCertificate(string path)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static void Repeat(Action write)
    {
        for (int i = 0; i < 5; i++)
        {
            try
            {
                write();
                return;
            }
            catch (LogSinkException e) when (e.Failure == LogSinkErrorKind.Transient)
            {
                // The queue's thread would repeat it as well.
            }
        }

        Assert.Fail("The collector is there, and yet nothing arrives.");
    }

    private static (X509Certificate2 Root, X509Certificate2 Leaf) Certificates(string name)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using RSA rootKey = RSA.Create(2048), key = RSA.Create(2048);
        var rootRequest = new CertificateRequest(
            "CN=test root", rootKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        X509Certificate2 root = rootRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 leaf = request.Create(root, now.AddDays(-1), now.AddDays(1), [1, 2, 3]);
        using X509Certificate2 withKey = leaf.CopyWithPrivateKey(key);
        return (root, new X509Certificate2(
            withKey.Export(X509ContentType.Pkcs12), (string?)null, X509KeyStorageFlags.Exportable));
    }

    private string Save(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Takes connections and keeps what each of them brought.</summary>
    private sealed class TcpCollector : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2? _certificate;
        private readonly Task _accepting;
        private readonly List<(Socket Socket, Task<byte[]> Content)> _connections = [];
        private readonly SemaphoreSlim _accepted = new(0);
        private long _bytesUntilReset = long.MaxValue;

        internal TcpCollector(X509Certificate2? certificate = null)
        {
            _certificate = certificate;
            _listener.Start();
            _accepting = Task.Run(AcceptAsync);
        }

        internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        /// <summary>How much a connection may bring before it is reset.</summary>
        internal long BytesUntilReset
        {
            get => Interlocked.Read(ref _bytesUntilReset);
            set => Interlocked.Exchange(ref _bytesUntilReset, value);
        }

        internal string? ClientThumbprint { get; private set; }

        /// <summary>What a connection brought until it ended.</summary>
        internal async Task<byte[]> ContentAsync(int index) => await (await ConnectionAsync(index)).Content;

        /// <summary>Closes a connection after all that is there.</summary>
        internal async Task CloseAsync(int index)
        {
            (Socket socket, Task<byte[]> content) = await ConnectionAsync(index);
            socket.Shutdown(SocketShutdown.Both);
            await content;
        }

        public void Dispose()
        {
            _listener.Dispose();
            _accepting.Wait();
            _accepted.Dispose();
        }

        // The kernel acknowledges what comes before the connection is accepted.
        private async Task<(Socket Socket, Task<byte[]> Content)> ConnectionAsync(int index)
        {
            while (_connections.Count <= index)
            {
                await _accepted.WaitAsync();
            }

            return _connections[index];
        }

        private async Task AcceptAsync()
        {
            while (true)
            {
                try
                {
                    Socket socket = await _listener.AcceptSocketAsync();
                    _connections.Add((socket, ReadAsync(socket)));
                    _accepted.Release();
                }
                catch (Exception e) when (
                    e is SocketException or ObjectDisposedException or InvalidOperationException)
                {
                    // The listener has ended, before this call or within it.
                    return;
                }
            }
        }

        private async Task<byte[]> ReadAsync(Socket socket)
        {
            var content = new MemoryStream();
            try
            {
                await using Stream stream = await OpenAsync(socket);
                byte[] buffer = new byte[4096];
                int count;
                while ((count = await stream.ReadAsync(buffer)) > 0)
                {
                    content.Write(buffer, 0, count);
                    if (content.Length > BytesUntilReset)
                    {
                        socket.LingerState = new LingerOption(true, 0);
                        break;
                    }
                }
            }
            catch (IOException)
            {
                // The exporter does not trust this collector.
            }

            return content.ToArray();
        }

        private async Task<Stream> OpenAsync(Socket socket)
        {
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (_certificate is null)
            {
                return stream;
            }

            var secure = new SslStream(stream);
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = _certificate,
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    ClientThumbprint = (certificate as X509Certificate2)?.Thumbprint;
                    return ClientThumbprint == _certificate.Thumbprint;
                },
            });
            return secure;
        }
    }
}
