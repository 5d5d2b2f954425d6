using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading;
using TunStats.Export;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Tests.Export.FakeLogSink;
using static TunStats.Tests.Export.HttpCollector;

namespace TunStats.Tests.Export;

/// <summary>Messages to collectors that take, refuse, stall and break off.</summary>
public sealed partial class HttpSinkTests : IDisposable
{
    private const string Hidden = "t0k3n-that-is-never-shown";

    private readonly ManualTimeProvider _clock = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-http-sink-");
    private readonly HttpCollector _collector = new();

    public void Dispose()
    {
        _collector.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void BatchIsOneRequest(bool compress)
    {
        using HttpSink sink = Open(new() { Uri = new Uri(_collector.Uri, "/in?a=b"), Compress = compress });
        Assert.Equal($"http 127.0.0.1:{_collector.Port}", sink.Name);
        LogEntry[] batch = [Entry(1), Entry(2)];
        sink.Write(batch, default);
        Request request = Assert.Single(_collector.Requests);
        Assert.Equal("POST /in?a=b HTTP/1.1", request.Line);
        Assert.Equal("application/x-ndjson", request.Headers["Content-Type"]);
        Assert.Equal(compress, request.Headers.ContainsKey("Content-Encoding"));
        Assert.Equal(Text(batch), request.Body);
    }

    [Fact]
    public void LokiTakesStreams()
    {
        using HttpSink sink = Open(new() { Uri = _collector.Uri, Format = HttpFormat.Loki });
        LogEntry[] batch = [Entry(1), Entry(2)];
        sink.Write(batch, default);
        Request request = Assert.Single(_collector.Requests);
        Assert.Equal("POST /loki/api/v1/push HTTP/1.1", request.Line);
        Assert.Equal("application/json", request.Headers["Content-Type"]);
        JsonElement stream = Assert.Single(
            JsonDocument.Parse(request.Body).RootElement.GetProperty("streams").EnumerateArray());
        JsonElement labels = stream.GetProperty("stream");
        Assert.Equal("tunstats", labels.GetProperty("service_name").GetString());
        Assert.Equal(Environment.MachineName, labels.GetProperty("host").GetString());
        Assert.Equal(
            batch.Select(e => ($"{e.Time.UnixSeconds}000000000", Text([e]).TrimEnd())),
            stream.GetProperty("values").EnumerateArray().Select(v => (v[0].GetString()!, v[1].GetString()!)));
    }

    [Fact]
    public void SplunkTakesEvents()
    {
        using HttpSink sink = Open(new()
        {
            Uri = _collector.Uri,
            Format = HttpFormat.SplunkHec,
            Token = Token(),
        });
        sink.Write([Entry(1), Entry(2)], default);
        Request request = Assert.Single(_collector.Requests);
        Assert.Equal("POST /services/collector/event HTTP/1.1", request.Line);
        Assert.Equal($"Splunk {Hidden}", request.Headers["Authorization"]);
        JsonElement[] events = [.. request.Body.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(2, events.Length);
        Assert.Equal(10.0, events[0].GetProperty("time").GetDouble());
        Assert.Equal(1, events[0].GetProperty("event").GetProperty("sequence").GetInt32());
    }

    [Fact]
    public void ClickHouseTakesRowsOnce()
    {
        using HttpSink sink = Open(new() { Uri = _collector.Uri, Format = HttpFormat.ClickHouse, Token = Token() });
        sink.Write([Entry(1), Entry(2)], default);
        using HttpSink other = Open(new()
        {
            Uri = new Uri(_collector.Uri, "/?query=INSERT%20INTO%20x%20FORMAT%20JSONEachRow"),
            Format = HttpFormat.ClickHouse,
        });
        other.Write([Entry(3)], default);
        Request[] requests = [.. _collector.Requests];
        Assert.Equal(
            "POST /?query=INSERT%20INTO%20tunstats%20FORMAT%20JSONEachRow&insert_deduplication_token=run1-1-2 HTTP/1.1",
            requests[0].Line);
        Assert.Equal(Hidden, requests[0].Headers["X-ClickHouse-Key"]);
        Assert.Equal(
            "POST /?query=INSERT%20INTO%20x%20FORMAT%20JSONEachRow&insert_deduplication_token=run1-3-3 HTTP/1.1",
            requests[1].Line);
    }

    /// <summary>Busy: sent again. There already: taken. Bad: dropped.</summary>
    [Fact]
    public void ElasticsearchTakesPartOfABatch()
    {
        var stored = new HashSet<string>();
        int busy = 1;
        _collector.Answer = request =>
        {
            string[] lines = request.Body.TrimEnd('\n').Split('\n');
            Assert.Equal(0, lines.Length % 2);
            var items = new List<string>();
            for (int i = 0; i < lines.Length; i += 2)
            {
                JsonElement action = JsonDocument.Parse(lines[i]).RootElement.GetProperty("create");
                string id = action.GetProperty("_id").GetString()!;
                JsonElement document = JsonDocument.Parse(lines[i + 1]).RootElement;
                Assert.Equal($"run1-{document.GetProperty("sequence")}", id);
                Assert.EndsWith("Z", document.GetProperty("@timestamp").GetString(), StringComparison.Ordinal);
                int status = id is "run1-3" or "run1-4" ? 400
                    : id == "run1-6" && busy-- > 0 ? 429
                    : stored.Add(id) ? 201 : 409;
                string error = status >= 400 ? ",\"error\":{\"type\":\"mapper_parsing_exception\"}" : "";
                items.Add("{\"create\":{\"status\":" + status + error + "}}");
            }

            return Status(200, $$"""{"errors":true,"items":[{{string.Join(',', items)}}]}""");
        };
        using var queue = new SinkQueue(
            Open(new() { Uri = new Uri(_collector.Uri, "/logs"), Format = HttpFormat.Elasticsearch, Token = Token() }),
            _clock,
            new SinkQueueOptions { MaxMessages = 8 });
        for (int i = 1; i <= 8; i++)
        {
            Assert.True(queue.TryAdd(Entry(i)));
        }

        WaitFor(() => queue.Status.QueuedMessages == 0, _clock);
        Assert.Equal(6, stored.Count);
        Assert.Equal((6L, 2L), (queue.Status.SentMessages, queue.Status.Drops.Refused));
        Request first = _collector.Requests.First();
        Assert.StartsWith("POST /logs/_bulk?filter_path=errors,items", first.Line, StringComparison.Ordinal);
        Assert.Equal($"ApiKey {Hidden}", first.Headers["Authorization"]);
    }

    /// <summary>Errors, refusals and cut connections at random: all arrives.</summary>
    [Fact]
    public void NothingIsLostWhateverTheCollectorDoes()
    {
        var random = new Random(1);
        var arrived = new List<long>();
        int requests = 0;
        _collector.Cuts = () => Roll() == 0;
        _collector.Answer = request =>
        {
            bool isRetried = ++requests % 7 != 0;
            string answer = Roll() switch
            {
                0 => Status(429, "", "Retry-After: 3"),
                1 => Status(500),
                2 => Status(429, "", $"Retry-After: {_clock.GetUtcNow().AddSeconds(20):R}"),
                3 => Status(413),
                4 => Status(503, "busy"),
                5 when isRetried => "HTTP/1.1 200 x\r\nContent-Length: 100\r\n\r\nhalf",
                6 when isRetried => null!,
                _ => Status(204),
            };
            if (request.Body.Count(c => c == '\n') == 1 && answer?.Contains(" 413 ", StringComparison.Ordinal) == true)
            {
                answer = Status(200);
            }

            // A collector that took a batch and does not say so is asked again.
            if (answer is null || answer.Contains(" 20", StringComparison.Ordinal))
            {
                arrived.AddRange(SequencesOf(request.Body));
            }

            return answer;
        };
        using var queue = new SinkQueue(
            Open(new() { Uri = _collector.Uri }), _clock, new SinkQueueOptions { MaxBatchMessages = 20 });
        for (int i = 1; i <= 150; i++)
        {
            Assert.True(queue.TryAdd(Entry(i)));
        }

        WaitFor(() => queue.Status.QueuedMessages == 0, _clock);
        Assert.Equal(0, queue.Status.Drops.Total);
        Assert.True(queue.Status.Retries > 5);
        Assert.Equal(Enumerable.Range(1, 150).Select(i => (long)i), arrived.Distinct());

        int Roll()
        {
            lock (random)
            {
                return random.Next(12);
            }
        }
    }

    [Fact]
    public void RetryAfterIsKept()
    {
        using HttpSink sink = Open(new() { Uri = _collector.Uri });
        string date = _clock.GetUtcNow().AddSeconds(90).ToString("R", null);
        foreach ((string header, TimeSpan? wait) in new (string, TimeSpan?)[]
        {
            ("Retry-After: 7", TimeSpan.FromSeconds(7)),
            ("Retry-After: " + date, TimeSpan.FromSeconds(90)),
            ("X: y", null),
        })
        {
            _collector.Answer = _ => Status(503, "", header);
            LogSinkException error = Assert.Throws<LogSinkException>(() => sink.Write([Entry(1)], default));
            Assert.Equal((LogSinkErrorKind.Transient, wait), (error.Failure, error.RetryAfter));
        }
    }

    [Theory]
    [InlineData(413, LogSinkErrorKind.TooLarge)]
    [InlineData(400, LogSinkErrorKind.Refused)]
    public void OneBadMessageIsFoundByHalves(int status, LogSinkErrorKind kind)
    {
        _collector.Answer = r => Status(r.Body.Contains("\"sequence\":6,", StringComparison.Ordinal) ? status : 200);
        using HttpSink sink = Open(new() { Uri = _collector.Uri });
        LogEntry[] batch = [.. Enumerable.Range(1, 16).Select(i => Entry(i))];
        LogSinkException error = Assert.Throws<LogSinkException>(() => sink.Write(batch, default));
        Assert.Equal((kind, 5, 1), (error.Failure, error.Taken, error.Refused));
        sink.Write(batch[6..], default);
        Assert.True(_collector.Requests.Count < 20);
    }

    [Theory]
    [InlineData(401, "answered with status 401: it does not accept the token. Check the token and its rights.")]
    [InlineData(404, "it has nothing at this path. Check the address and the format.")]
    [InlineData(302, "redirects are not followed. Give the final address.")]
    public void WhatCanBeMendedIsRetried(int status, string message)
    {
        _collector.Answer = _ => Status(status, "", "Location: http://127.0.0.1:1/");
        using HttpSink sink = Open(new() { Uri = _collector.Uri, Token = Token() });
        LogSinkException error = Assert.Throws<LogSinkException>(() => sink.Write([Entry(1)], default));
        Assert.Equal(LogSinkErrorKind.Transient, error.Failure);
        Assert.EndsWith(message, error.Message, StringComparison.Ordinal);
        Assert.Single(_collector.Requests);
    }

    [Fact]
    public void SecretsAreNeverShown()
    {
        _collector.Answer = r => Status(400, $"bad {r.Headers["Authorization"]} {r.Headers["X-Key"]}\u001b[31m");
        string path = Path.Combine(_folder.FullName, "token");
        File.WriteAllText(path, Hidden + "\n");
        var options = new HttpSinkOptions
        {
            Uri = _collector.Uri,
            Token = Secret.FromFile(path),
            Headers = new Dictionary<string, Secret> { ["X-Key"] = Token() },
        };
        using HttpSink sink = Open(options);
        LogSinkException error = Assert.Throws<LogSinkException>(() => sink.Write([Entry(1)], default));
        Assert.Contains("status 400: bad Bearer *** ***", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Hidden, $"{error} {options} {options.Token} {sink.Name}", StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error.Message);
        Assert.Equal($"Bearer {Hidden}", _collector.Requests.First().Headers["Authorization"]);

        // A new token is taken without a restart.
        File.WriteAllText(path, "next");
        Assert.Throws<LogSinkException>(() => sink.Write([Entry(1)], default));
        Assert.Equal("Bearer next", _collector.Requests.Last().Headers["Authorization"]);
        File.Delete(path);
        error = Assert.Throws<LogSinkException>(() => sink.Write([Entry(1)], default));
        Assert.Equal((LogSinkErrorKind.Transient, $"There is no file '{path}'."), (error.Failure, error.Message));
    }

    [Theory]
    [InlineData(null, "it did not answer within the time limit")]
    [InlineData("HTTP/1.1 200 x\r\nContent-Length: 100\r\n\r\nhalf", "its answer did not end within the time limit")]
    [InlineData("HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "its answer did not end within")]
    public void CollectorThatStallsIsLeftAtTheTimeLimit(string? begun, string why)
    {
        using var held = new ManualResetEventSlim();
        _collector.Answer = _ =>
        {
            if (begun is null)
            {
                held.Wait();
            }

            return begun;
        };
        using var queue = new SinkQueue(Open(new() { Uri = _collector.Uri }), _clock);
        queue.TryAdd(Entry(1));
        string expected = $":{_collector.Port} cannot be reached: {why}";

        // The test's clock may pass the limit before a busy machine has begun the first answers.
        WaitFor(() => queue.Status.LastError?.Contains(expected, StringComparison.Ordinal) == true, _clock);
        Assert.True(queue.Status.Retries > 0);
        held.Set();
    }

    [Fact]
    public void CollectorThatIsNotThereIsNamed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using HttpSink sink = Open(new() { Uri = new Uri($"http://127.0.0.1:{port}") });
        LogSinkException error = Assert.Throws<LogSinkException>(() => sink.Write([Entry(1)], default));
        Assert.Equal(
            $"The collector http 127.0.0.1:{port} cannot be reached: Connection refused.", error.Message);
    }

    [Fact]
    public void TlsIsChecked()
    {
        string pem = Path.Combine(_folder.FullName, "cert.pem");
        IpfixSinkTests.SaveCertificate(pem);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(pem, pem);
        using var secure = new HttpCollector(certificate);
        using HttpSink good = Open(new() { Uri = secure.Uri, CaFile = pem });
        good.Write([Entry(1)], default);
        Assert.Single(secure.Requests);

        // Not trusted, another name, and no TLS at all.
        _collector.Cuts = () => true;
        string[] bad = [$"127.0.0.1:{secure.Port}", $"localhost:{secure.Port}", $"127.0.0.1:{_collector.Port}"];
        for (int i = 0; i < bad.Length; i++)
        {
            using HttpSink sink = Open(new() { Uri = new Uri($"https://{bad[i]}"), CaFile = i == 0 ? null : pem });
            LogSinkException error = Assert.Throws<LogSinkException>(() => sink.Write([Entry(1)], default));
            Assert.Equal(LogSinkErrorKind.Transient, error.Failure);
            Assert.Contains("is not trusted, or it does not speak TLS", error.Message, StringComparison.Ordinal);
        }

        Assert.Single(secure.Requests);
    }

    [Fact]
    public void MemoryStaysFlat()
    {
        using var queue = new SinkQueue(Open(new() { Uri = _collector.Uri }), _clock);
        long early = 0;
        for (int i = 1; i <= 3000; i++)
        {
            queue.TryAdd(Entry(i, connections: 10));
            if (i % 300 == 0)
            {
                WaitFor(() => queue.Status.QueuedMessages == 0, _clock);
                _collector.Requests.Clear();
                early = i == 900 ? GC.GetTotalMemory(forceFullCollection: true) : early;
            }
        }

        long growth = GC.GetTotalMemory(forceFullCollection: true) - early;
        Assert.True(growth < 1024 * 1024, $"{growth} bytes");
        Assert.Equal(3000, queue.Status.SentMessages);
    }

    [Theory]
    [InlineData("ftp://x/", "Uri", "is not valid; give it as http://host:port/path")]
    [InlineData("http://user:pw@x/", "Uri", "give them as a token or a header")]
    public void AddressIsChecked(string uri, string option, string message)
    {
        LogSinkException error = Assert.Throws<LogSinkException>(() => Open(new() { Uri = new Uri(uri) }));
        Assert.Equal((option, LogSinkErrorKind.Invalid), (error.Option, error.Failure));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("pw", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsAreChecked()
    {
        var good = new HttpSinkOptions { Uri = _collector.Uri };
        Secret odd = Secret.FromSecureString(Secure("a\nb"));
        string empty = Path.Combine(_folder.FullName, "empty");
        File.WriteAllText(empty, "\n");
        foreach ((HttpSinkOptions options, string option, string message) in new[]
        {
            (good with { CaFile = "x" }, "CaFile", "'x' has no effect over http"),
            (good with { Token = odd }, "Token", "The value of the token is empty or holds a character"),
            (good with { Token = Secret.FromEnvironment("TUNSTATS_NONE") }, "Token", "'TUNSTATS_NONE' is not set"),
            (good with { Token = Secret.FromFile(empty) }, "Token", "is empty; write the secret into it"),
            (good with { Headers = Header("a b") }, "Headers", "'a b' is not the name"),
            (good with { Headers = Header("host") }, "Headers", "set by the program"),
            (good with { TimeLimit = TimeSpan.Zero }, "TimeLimit", "give 1 second or more"),
        })
        {
            LogSinkException error = Assert.Throws<LogSinkException>(() => Open(options));
            Assert.Equal((option, LogSinkErrorKind.Invalid), (error.Option, error.Failure));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    private static Dictionary<string, Secret> Header(string name) => new() { [name] = Token() };

    private static Secret Token() => Secret.FromSecureString(Secure(Hidden));

    private static SecureString Secure(string text)
    {
        var secure = new SecureString();
        foreach (char c in text)
        {
            secure.AppendChar(c);
        }

        return secure;
    }

    private static string Text(LogEntry[] batch) =>
        string.Concat(batch.Select(e => Encoding.UTF8.GetString(e.Line.Span)));

    private static IEnumerable<long> SequencesOf(string text) =>
        Sequence().Matches(text).Select(m => long.Parse(m.Groups[1].ValueSpan, null));

    private HttpSink Open(HttpSinkOptions options) => HttpSink.Open(options, _clock);

    [GeneratedRegex("\"sequence\":([0-9]+),")]
    private static partial Regex Sequence();
}
