using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Interop;
using TunStats.Metrics;
using TunStats.Tests.Fakes;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Metrics;

public sealed class MetricsEndpointTests : IDisposable
{
    private const string PrometheusType = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly MetricsBench _bench = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly MetricsEndpoint _endpoint;

    public MetricsEndpointTests()
    {
        _bench.Kernel.Set(7, "tun0", 1500);
        _bench.Poll(1);
        _endpoint = MetricsEndpoint.Open(MetricsEndpointAddress.Parse("http://127.0.0.1:0/"), _bench.Metrics, _clock);
    }

    public void Dispose()
    {
        _endpoint.Dispose();
        _bench.Dispose();
    }

    [Theory]
    [InlineData("", PrometheusType)]
    [InlineData("Accept: */*\r\n", PrometheusType)]
    [InlineData("Accept: text/html\r\n", PrometheusType)]
    [InlineData("Accept: application/openmetrics-text\r\n", OpenMetricsType)]
    [InlineData("ACCEPT:application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5\r\n", OpenMetricsType)]
    [InlineData("Accept: application/openmetrics-text;q=0.3, text/plain;q=0.5\r\n", PrometheusType)]
    [InlineData("Accept: application/openmetrics-text;q=0\r\n", PrometheusType)]
    [InlineData("Accept: application/openmetrics-text;version=9.0.0\r\n", PrometheusType)]
    [InlineData("Accept: text/plain;q=0.5\r\nAccept: application/openmetrics-text\r\n", OpenMetricsType)]
    [InlineData("Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n", OpenMetricsType)]
    public async Task TextIsTheOneThatIsAskedFor(string headers, string type)
    {
        string answer = await AskAsync($"GET /metrics HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Type: {type}\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("tundev_txq_drops{device=\"tun0\"} 1500\n", answer, StringComparison.Ordinal);
        Assert.Equal(type == OpenMetricsType, answer.EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1", 404)]
    [InlineData("GET /metrics/ HTTP/1.1", 404)]
    [InlineData("GET /Metrics HTTP/1.1", 404)]
    [InlineData("GET /../metrics HTTP/1.1", 404)]
    [InlineData("POST /other HTTP/1.1", 404)]
    [InlineData("POST /metrics HTTP/1.1", 405)]
    [InlineData("DELETE /metrics HTTP/1.1", 405)]
    [InlineData("get /metrics HTTP/1.1", 405)]
    [InlineData("GET /metrics?name[]=x HTTP/1.1", 200)]
    [InlineData("GET http://localhost:9/metrics HTTP/1.1", 200)]
    [InlineData("GET http://anyone/metrics HTTP/1.1", 421)]
    [InlineData("GET http://[::1] HTTP/1.1", 404)]
    [InlineData("GET /metrics HTTP/2.0", 505)]
    [InlineData("PRI * HTTP/2.0", 505)]
    [InlineData("GET /metrics", 400)]
    [InlineData("GET  /metrics HTTP/1.1", 400)]
    [InlineData("GET /metrics HTTP/1.1 x", 400)]
    [InlineData("GE\tT /metrics HTTP/1.1", 400)]
    [InlineData("\u0016\u0003\u0001", 400)]
    public async Task RequestLineIsJudged(string line, int status)
    {
        string answer = await AskAsync($"{line}\r\nHost: localhost\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == 405, answer.Contains("\r\nAllow: GET, HEAD\r\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nnonsense\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n folded\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX : y\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX: y\nZ: w\r\n\r\n", 200)]
    [InlineData("GET /metrics HTTP/1.0\r\n\r\n", 200)]
    [InlineData("\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\nHost: localhost\n\n", 200)]
    [InlineData("GET /metrics HTTP/1.0\n\n", 200)]
    [InlineData("GET /metrics HTTP/1.0\n\r\n", 200)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: localhost\n\n", 200)]
    public async Task HeadersAreJudged(string request, int status) =>
        Assert.StartsWith($"HTTP/1.1 {status} ", await AskAsync(request), StringComparison.Ordinal);

    /// <summary>What cannot become a request is answered before the client has said all.</summary>
    [Theory]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\u0001")]
    [InlineData("\u0016")]
    [InlineData("GET /metrics\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("\n")]
    public async Task OtherProtocolsAreAnsweredAtOnce(string hello)
    {
        Assert.StartsWith("HTTP/1.1 400 ", await AskAsync(hello), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", 200)]
    [InlineData("127.0.0.1:9101", 200)]
    [InlineData("192.0.2.7:80", 200)]
    [InlineData("[::1]", 200)]
    [InlineData("[2001:db8::1]:9101", 200)]
    [InlineData("localhost", 200)]
    [InlineData("LocalHost.:9101", 200)]
    [InlineData("metrics.example.org:9101", 200)]
    [InlineData("METRICS.example.org.", 200)]
    [InlineData("", 421)]
    [InlineData("attacker.example", 421)]
    [InlineData("attacker.example:9101", 421)]
    [InlineData("example.org", 421)]
    [InlineData("localhost.attacker.example", 421)]
    [InlineData("127.0.0.1.attacker.example", 421)]
    [InlineData("localhost:http", 421)]
    [InlineData("[::1]attacker.example", 421)]
    public async Task OnlyKnownHostsAreAnswered(string host, int status)
    {
        using MetricsEndpoint endpoint = MetricsEndpoint.Open(
            MetricsEndpointAddress.Parse("127.0.0.1:0"),
            _bench.Metrics,
            hosts: new MetricsHosts(["metrics.example.org"]));
        using Socket socket = await ConnectAsync(endpoint);
        await socket.SendAsync(Encoding.Latin1.GetBytes($"GET /metrics HTTP/1.1\r\nHost: {host}\r\n\r\n"));

        string answer = await ReadToEndAsync(socket);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == 200, answer.Contains("tundev_txq_drops", StringComparison.Ordinal));
    }

    [Fact]
    public void EveryHostCanBeAllowedAndNonsenseCannot()
    {
        Assert.True(new MetricsHosts(["*"]).Allows("whatever.example:1"));
        foreach (string name in new[] { "", "a b", "host:9101", "http://host/" })
        {
            TunStatsException e = Assert.Throws<TunStatsException>(() => new MetricsHosts([name]));
            Assert.Contains("is not a valid host name", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("deflate, GZIP;q=0.5", true)]
    [InlineData("*", true)]
    [InlineData("identity", false)]
    [InlineData("gzip;q=0", false)]
    [InlineData("gzip;q=0, *", false)]
    [InlineData("br", false)]
    public async Task TextIsCompressedWhereThatIsAsked(string accept, bool isCompressed)
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler);
        string plain = await client.GetStringAsync(_endpoint.Url);
        using var request = new HttpRequestMessage(HttpMethod.Get, _endpoint.Url);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accept);
        using HttpResponseMessage response = await client.SendAsync(request);
        byte[] body = await response.Content.ReadAsByteArrayAsync();

        Assert.Equal(isCompressed ? ["gzip"] : [], response.Content.Headers.ContentEncoding);
        Assert.Equal("Accept, Accept-Encoding", string.Join(", ", response.Headers.Vary));
        Assert.Equal(plain, isCompressed ? Decompress(body) : Encoding.UTF8.GetString(body));
        Assert.Equal(isCompressed, body.Length < plain.Length / 2);
    }

    [Fact]
    public void CompressedTextIsTheText()
    {
        var random = new Random(1);
        var texts = new List<byte[]> { Array.Empty<byte>(), new byte[100_000], _bench.Metrics.ToUtf8(default) };
        for (int i = 0; i < 300; i++)
        {
            // Few different bytes repeat much, many hardly at all; both in short and long texts.
            byte[] text = new byte[random.Next(1, i % 10 == 0 ? 200_000 : 2000)];
            int values = random.Next(1, 257);
            for (int at = 0; at < text.Length; at++)
            {
                text[at] = (byte)random.Next(values);
            }

            texts.Add(text);
        }

        Assert.All(texts, text =>
        {
            using var zip = new GZipStream(new MemoryStream(GzipText.Compress(text)), CompressionMode.Decompress);
            using var back = new MemoryStream();
            zip.CopyTo(back);
            Assert.Equal(text, back.ToArray());
        });
    }

    [Fact]
    public async Task MoreScrapesThanAreServedAtOnceWaitAndAreAnswered()
    {
        const int Scrapes = MetricsEndpoint.MaxConnections * 4;
        var sockets = new List<Socket>();
        for (int i = 0; i < Scrapes; i++)
        {
            sockets.Add(await ConnectAsync());
        }

        // The last ones ask first, as those do that are not accepted yet.
        sockets.Reverse();
        foreach (Socket socket in sockets)
        {
            await socket.SendAsync("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        }

        string[] answers = await Task.WhenAll(sockets.Select(async socket =>
        {
            using (socket)
            {
                return await ReadToEndAsync(socket);
            }
        })).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.All(answers, a => Assert.StartsWith("HTTP/1.1 200 OK\r\n", a, StringComparison.Ordinal));
        Assert.All(answers, a => Assert.Contains("tunstats_polls_total{", a, StringComparison.Ordinal));
    }

    [Fact]
    public async Task HeadHasTheHeadersOfGetAndNoBody()
    {
        string get = await AskAsync("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        string head = await AskAsync("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");

        Assert.EndsWith("\r\n\r\n", head, StringComparison.Ordinal);
        Assert.StartsWith(head, get, StringComparison.Ordinal);
        int body = get.Length - head.Length;
        Assert.Contains($"\r\nContent-Length: {body}\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestMayComeByteByByte()
    {
        using Socket socket = await ConnectAsync();
        foreach (byte b in "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray())
        {
            await socket.SendAsync(new[] { b });
        }

        Assert.StartsWith("HTTP/1.1 200 ", await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeadBeyondTheLimitIsRefused()
    {
        string more = new('a', 9000);
        string answer = await AskAsync($"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: {more}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyThatNobodyAskedForDoesNotTakeTheAnswerBack()
    {
        string body = new('x', 50_000);
        string answer = await AskAsync(
            $"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        Assert.StartsWith("HTTP/1.1 405 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientThatSaysNothingIsClosedAtItsDeadline()
    {
        using Socket silent = await ConnectAsync();
        using Socket slow = await ConnectAsync();
        await slow.SendAsync("GET /metrics HTT"u8.ToArray());
        await UntilAsync(() => _endpoint.Connections == 2);

        // The deadline may be armed only after the clock has moved: then the next step reaches it.
        await UntilAsync(() =>
        {
            _clock.Advance(MetricsConnection.Deadline);
            return _endpoint.Connections == 0;
        });

        Assert.Equal("", await ReadToEndAsync(silent));
        Assert.Equal("", await ReadToEndAsync(slow));
    }

    /// <summary>A client that sends a byte now and then holds its place no longer than one that sends none.</summary>
    [Fact]
    public async Task HeadOfARequestHasAShortDeadlineInAll()
    {
        using Socket slow = await ConnectAsync();
        await slow.SendAsync("G"u8.ToArray());

        await UntilAsync(() => _endpoint.Connections == 1);
        _clock.Advance(MetricsConnection.HeadDeadline / 2);
        await slow.SendAsync("E"u8.ToArray());
        _clock.Advance(MetricsConnection.HeadDeadline / 2);

        await UntilAsync(() => _endpoint.Connections == 0);
        Assert.True(MetricsConnection.HeadDeadline < MetricsConnection.Deadline / 4);
    }

    [Fact]
    public async Task SilentClientsMakeRoomForThoseThatAsk()
    {
        // By the system's clock: the first request waits for the silent ones' time to pass.
        using MetricsEndpoint endpoint = MetricsEndpoint.Open(
            MetricsEndpointAddress.Parse("127.0.0.1:0"), _bench.Metrics);
        var silent = new List<Socket>();
        for (int i = 0; i < MetricsEndpoint.MaxConnections * 2; i++)
        {
            silent.Add(await ConnectAsync(endpoint));
        }

        for (int i = 0; i < 5; i++)
        {
            using Socket socket = await ConnectAsync(endpoint);
            await socket.SendAsync("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
            string answer = await ReadToEndAsync(socket).WaitAsync(TimeSpan.FromMinutes(1));
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        }

        Assert.InRange(endpoint.Connections, 0, MetricsEndpoint.MaxConnections);
        silent.ForEach(s => s.Dispose());
        await UntilAsync(() => endpoint.Connections == 0);
    }

    [Fact]
    public async Task ClientsThatDoNotReadOrResetDoNoHarm()
    {
        for (int i = 0; i < 50; i++)
        {
            using Socket socket = await ConnectAsync();
            await socket.SendAsync("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
            if (i % 2 == 0)
            {
                socket.LingerState = new LingerOption(true, 0);
            }
        }

        Assert.StartsWith(
            "HTTP/1.1 200 ",
            await AskAsync("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            StringComparison.Ordinal);
        await UntilAsync(() =>
        {
            _clock.Advance(MetricsConnection.Deadline);
            return _endpoint.Connections == 0;
        });
    }

    [Fact]
    public async Task RandomBytesGetAnAnswerOrNone()
    {
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            byte[] bytes = new byte[random.Next(1, 3000)];
            random.NextBytes(bytes);
            if (i % 2 == 0)
            {
                "\r\n\r\n"u8.CopyTo(bytes.AsSpan(Math.Max(0, bytes.Length - 4)));
            }

            using Socket socket = await ConnectAsync();
            await socket.SendAsync(bytes);
            socket.Shutdown(SocketShutdown.Send);
            string answer = await ReadToEndAsync(socket);
            Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal)
                || answer.StartsWith("HTTP/1.1 505", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task ManyScrapeAtOnceWithAnOrdinaryClient()
    {
        using var client = new HttpClient();
        string[] texts = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.GetStringAsync(_endpoint.Url)));

        Assert.Single(texts.Distinct());
        Assert.Contains("tundev_txq_drops{device=\"tun0\"} 1500\n", texts[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndClosesAllAndFreesThePort()
    {
        using Socket silent = await ConnectAsync();
        await UntilAsync(() => _endpoint.Connections == 1);
        _endpoint.Dispose();
        _endpoint.Dispose();

        Assert.Equal("", await ReadToEndAsync(silent));
        using MetricsEndpoint again = MetricsEndpoint.Open(
            MetricsEndpointAddress.Parse($"127.0.0.1:{_endpoint.EndPoint.Port}"), _bench.Metrics);
        Assert.Equal(_endpoint.EndPoint, again.EndPoint);
    }

    [Fact]
    public void AddressInUseIsAnErrorBeforeTheStart()
    {
        TunStatsException e = Assert.Throws<TunStatsException>(
            () => MetricsEndpoint.Open(MetricsEndpointAddress.Parse(_endpoint.Url.ToString()), _bench.Metrics));

        Assert.Equal(ErrorKind.MetricsEndpointInUse, e.Kind);
        Assert.Contains("something else listens there", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddressOfAnotherMachineIsAnErrorBeforeTheStart()
    {
        TunStatsException e = Assert.Throws<TunStatsException>(() => MetricsEndpoint.Open(
            MetricsEndpointAddress.Parse("192.0.2.1:9101", allowAnyAddress: true), _bench.Metrics));

        Assert.Equal(ErrorKind.MetricsEndpointNotAvailable, e.Kind);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9101/", "127.0.0.1:9101")]
    [InlineData("HTTP://localhost:80", "127.0.0.1:80")]
    [InlineData("127.0.0.2:0", "127.0.0.2:0")]
    [InlineData("http://[::1]:9101/metrics", "[::1]:9101")]
    [InlineData("[::ffff:127.0.0.1]:9115", "127.0.0.1:9115")]
    public void AddressIsRead(string text, string endPoint)
    {
        MetricsEndpointAddress address = MetricsEndpointAddress.Parse(text);

        Assert.True(address.IsLoopback);
        Assert.Equal(endPoint, address.EndPoint.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("9101")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.1:9101")]
    [InlineData("010.0.0.1:9101")]
    [InlineData("example.org:9101")]
    [InlineData("*:9101")]
    [InlineData("::1:9101")]
    [InlineData("[127.0.0.1]:9101")]
    [InlineData("[::1:9101")]
    [InlineData("https://127.0.0.1:9101/")]
    [InlineData("http://127.0.0.1:9101/other")]
    [InlineData("http://user@127.0.0.1:9101/")]
    public void MalformedAddressIsAnErrorBeforeTheStart(string text)
    {
        TunStatsException e = Assert.Throws<TunStatsException>(
            () => MetricsEndpointAddress.Parse(text, allowAnyAddress: true));

        Assert.Equal((ErrorKind.InvalidMetricsEndpoint, text), (e.Kind, e.Input));
        Assert.Contains("http://127.0.0.1:9101/", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:9101")]
    [InlineData("http://192.0.2.1:9101/")]
    [InlineData("[::]:9101")]
    public void AddressThatOthersReachMustBeForced(string text)
    {
        TunStatsException e = Assert.Throws<TunStatsException>(() => MetricsEndpointAddress.Parse(text));

        Assert.Equal(ErrorKind.MetricsEndpointNotLoopback, e.Kind);
        Assert.False(MetricsEndpointAddress.Parse(text, allowAnyAddress: true).IsLoopback);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[4096];
        try
        {
            int received;
            while ((received = await socket.ReceiveAsync(buffer)) > 0)
            {
                bytes.Write(buffer, 0, received);
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // How a close looks from here where bytes were under way.
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static string Decompress(byte[] bytes)
    {
        using var zip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var reader = new StreamReader(zip);
        return reader.ReadToEnd();
    }

    private Task<Socket> ConnectAsync() => ConnectAsync(_endpoint);

    private static async Task<Socket> ConnectAsync(MetricsEndpoint endpoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint.EndPoint);
        return socket;
    }

    private async Task<string> AskAsync(string request)
    {
        using Socket socket = await ConnectAsync();
        byte[] bytes = Encoding.Latin1.GetBytes(request);
        await socket.SendAsync(bytes);
        return await ReadToEndAsync(socket);
    }
}
