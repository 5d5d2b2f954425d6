using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Lab;
using TunStats.Metrics;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Polling;

/// <summary>The totals of a real device, as Prometheus' own programs take them.</summary>
public sealed class PrometheusTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-prometheus-");
    private readonly HttpClient _http = new();

    public void Dispose()
    {
        _http.Dispose();
        _directory.Delete(recursive: true);
    }

    [ToolFact("prometheus")]
    public async Task PrometheusScrapesTheEndpointAndReportsWhatTheDeviceShows()
    {
        using var lab = new Lab();
        using MetricsEndpoint endpoint = MetricsEndpoint.Open(
            MetricsEndpointAddress.Parse("http://127.0.0.1:0/"), lab.Metrics);
        string config = Path.Combine(_directory.FullName, "prometheus.yml");
        await File.WriteAllTextAsync(config, $$"""
            global: {scrape_interval: 1s}
            scrape_configs:
            - job_name: tunstats
              static_configs: [{targets: ["{{endpoint.EndPoint}}"]}]
            """);
        int port = FreePort();
        using var prometheus = new Tool(
            "prometheus",
            $"--config.file={config}",
            $"--storage.tsdb.path={_directory.FullName}/data",
            $"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error");
        string api = $"http://127.0.0.1:{port}/api/v1";

        JsonElement drops = await QueryAsync(prometheus, $"{api}/query?query=tundev_txq_drops");
        Assert.Equal("tun0", drops.GetProperty("metric").GetProperty("device").GetString());
        Assert.Equal("1500", drops.GetProperty("value")[1].GetString());
        foreach (string counter in new[] { "receive_bytes", "transmit_packets", "transmit_drops" })
        {
            JsonElement sample = await QueryAsync(prometheus, $"{api}/query?query=tunstats_{counter}_total");
            string expected = counter == "transmit_drops" ? "1500" : "0";
            Assert.Equal(expected, sample.GetProperty("value")[1].GetString());
        }

        // A unit comes with OpenMetrics alone: that is what Prometheus asked for, and could read.
        JsonElement metadata = await ReadAsync($"{api}/targets/metadata?metric=tunstats_receive_bytes");
        JsonElement family = metadata.GetProperty("data")[0];
        Assert.Equal(
            ("counter", "bytes"), (family.GetProperty("type").GetString(), family.GetProperty("unit").GetString()));
        JsonElement targets = (await ReadAsync($"{api}/targets")).GetProperty("data").GetProperty("activeTargets");
        Assert.Equal("", targets[0].GetProperty("lastError").GetString());
    }

    [ToolFact("prometheus")]
    public async Task IncreasesInPrometheusEqualWhatAHundredDevicesDropped()
    {
        Lab[] labs = [.. Enumerable.Range(0, 100).Select(_ => new Lab())];
        MetricsEndpointAddress address = MetricsEndpointAddress.Parse("http://127.0.0.1:0/");
        MetricsEndpoint[] endpoints = [.. labs.Select(lab => MetricsEndpoint.Open(address, lab.Metrics))];
        try
        {
            string targets = Path.Combine(_directory.FullName, "fleet.json");
            await File.WriteAllTextAsync(targets, JsonSerializer.Serialize(
                new[] { new { targets = endpoints.Select(endpoint => $"{endpoint.EndPoint}") } }));
            string config = Path.Combine(_directory.FullName, "prometheus.yml");
            await File.WriteAllTextAsync(config, $$"""
                global: {scrape_interval: 1s}
                scrape_configs:
                - job_name: tunstats
                  file_sd_configs: [{files: ["{{targets}}"]}]
                """);
            int port = FreePort();
            using var prometheus = new Tool(
                "prometheus",
                $"--config.file={config}",
                $"--storage.tsdb.path={_directory.FullName}/data",
                $"--web.listen-address=127.0.0.1:{port}",
                "--log.level=error");
            string query = $"http://127.0.0.1:{port}/api/v1/query?query=";
            await WaitForAsync("count(tunstats_transmit_drops_total)", labs.Length);
            for (int i = 0; i < labs.Length; i++)
            {
                labs[i].SendAndPoll(1 + i);
            }

            await WaitForAsync("sum(tunstats_transmit_drops_total)", labs.Select((_, i) => 1501L + i).Sum());
            const string Drops = "tunstats_transmit_drops_total[1h]";
            Assert.Equal(
                endpoints.Select((endpoint, i) => ($"{endpoint.EndPoint}", $"{1 + i}")).Order(),
                (await SeriesAsync($"max_over_time({Drops}) - min_over_time({Drops})")).Order());

            async Task<(string Instance, string Value)[]> SeriesAsync(string expression)
            {
                JsonElement answer = await ReadAsync($"{query}{Uri.EscapeDataString(expression)}");
                return
                [
                    .. answer.GetProperty("data").GetProperty("result").EnumerateArray().Select(series => (
                        series.GetProperty("metric").TryGetProperty("instance", out JsonElement i) ? $"{i}" : "",
                        series.GetProperty("value")[1].GetString()!)),
                ];
            }

            Task WaitForAsync(string expression, long value) => UntilAsync(
                prometheus, async () => (await SeriesAsync(expression)).Any(series => series.Value == $"{value}"));
        }
        finally
        {
            Array.ForEach(endpoints, endpoint => endpoint.Dispose());
            Array.ForEach(labs, lab => lab.Dispose());
        }
    }

    [ToolFact("promtool")]
    public async Task PromtoolFindsNoFaultWithThePrometheusText()
    {
        using var lab = new Lab();
        using var promtool = new Tool("promtool", "check", "metrics");
        await promtool.GiveAsync(lab.Metrics.ToUtf8(MetricsFormat.Prometheus));

        Assert.Equal((0, ""), (await promtool.EndAsync(), promtool.Output));
    }

    [ToolFact("prometheus-node-exporter")]
    public async Task NodeExporterTakesTheFilesOfTwoPollers()
    {
        using var lab = new Lab();
        using var other = new Lab();
        Write(lab, "one.prom");
        Write(other, "two.prom");
        int port = FreePort();
        using var exporter = new Tool(
            "prometheus-node-exporter",
            "--collector.disable-defaults",
            "--collector.textfile",
            $"--collector.textfile.directory={_directory.FullName}",
            $"--web.listen-address=127.0.0.1:{port}");

        string text = "";
        await UntilAsync(exporter, async () =>
        {
            text = await _http.GetStringAsync($"http://127.0.0.1:{port}/metrics");
            return true;
        });

        Assert.Contains("\nnode_textfile_scrape_error 0\n", text, StringComparison.Ordinal);

        // Two namespaces may each have a device of the same name.
        const string Labels = "{device=\"tun0\",namespace=\"[^\"]+\"}";
        const string Poller = "{namespace=\"[^\"]+\",poller=\"tun0\"}";
        Assert.Equal(2, Regex.Count(text, $"\ntundev_txq_drops{Labels} 1500(?=\n)"));
        Assert.Equal(2, Regex.Count(text, $"\ntunstats_transmit_drops_total{Labels} 1500(?=\n)"));
        Assert.Equal(2, Regex.Count(text, $"\ntunstats_polls_total{Poller} 1(?=\n)"));
        Assert.Contains("\n# TYPE tunstats_transmit_drops_total counter\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("error", exporter.Output, StringComparison.OrdinalIgnoreCase);

        void Write(Lab from, string name) => MetricsFile.Create(Path.Combine(_directory.FullName, name))
            .Write(from.Metrics.ToUtf8(MetricsFormat.Prometheus));
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Repeats what a program that is starting up cannot answer yet.</summary>
    private static async Task UntilAsync(Tool tool, Func<Task<bool>> isDone)
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await isDone())
                {
                    return;
                }
            }
            catch (HttpRequestException) when (waiting.Elapsed < Patience && !tool.HasEnded)
            {
                // It does not listen yet.
            }

            Assert.False(tool.HasEnded, tool.Output);
            Assert.True(waiting.Elapsed < Patience, tool.Output);
            await Task.Delay(100);
        }
    }

    private async Task<JsonElement> QueryAsync(Tool prometheus, string url)
    {
        JsonElement result = default;
        await UntilAsync(prometheus, async () =>
        {
            result = (await ReadAsync(url)).GetProperty("data").GetProperty("result");
            return result.GetArrayLength() > 0;
        });
        return Assert.Single(result.EnumerateArray().ToArray());
    }

    private async Task<JsonElement> ReadAsync(string url)
    {
        using JsonDocument document = JsonDocument.Parse(await _http.GetStringAsync(url));
        return document.RootElement.Clone();
    }

    /// <summary>A device that dropped 1500 packets, polled once.</summary>
    private sealed class Lab : IDisposable
    {
        private readonly PrivateNamespace _space = new();
        private readonly LabLinks _links;
        private readonly LabTunnel _tunnel;
        private readonly LinkPoller _poller;

        internal Lab(string device = "tun0")
        {
            _links = _space.OpenLinks();
            _tunnel = _space.Run(() => LabTunnel.Open(device, _links));
            var options = new LinkPollerOptions
            {
                Names = [device],
                NetworkNamespace = _space.Path,
                Metrics = Metrics,
            };
            _poller = new LinkPoller(options, new RecordingSink());
            SendAndPoll(2000);
        }

        internal PollerMetrics Metrics { get; } = new();

        internal void SendAndPoll(int packets)
        {
            _space.Run(() => _tunnel.Send(packets));
            _poller.Poll(CancellationToken.None);
        }

        public void Dispose()
        {
            _poller.Dispose();
            _tunnel.Dispose();
            _links.Dispose();
            _space.Dispose();
        }
    }

    /// <summary>A program that this test started, and ends.</summary>
    private sealed class Tool : IDisposable
    {
        private readonly Process _process;
        private readonly System.Text.StringBuilder _output = new();

        internal Tool(string name, params string[] arguments)
        {
            var start = new ProcessStartInfo(name, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            _process = Process.Start(start)!;
            _process.OutputDataReceived += Collect;
            _process.ErrorDataReceived += Collect;
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        internal bool HasEnded => _process.HasExited;

        internal string Output
        {
            get
            {
                lock (_output)
                {
                    return _output.ToString();
                }
            }
        }

        internal async Task GiveAsync(byte[] input)
        {
            await _process.StandardInput.BaseStream.WriteAsync(input);
            _process.StandardInput.Close();
        }

        internal async Task<int> EndAsync()
        {
            await _process.WaitForExitAsync();
            return _process.ExitCode;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                _process.WaitForExit();
            }

            _process.Dispose();
        }

        private void Collect(object sender, DataReceivedEventArgs e)
        {
            lock (_output)
            {
                _output.Append(e.Data is null ? "" : e.Data + "\n");
            }
        }
    }
}
