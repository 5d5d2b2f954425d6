using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using TunStats.Export;
using TunStats.NetLog;
using TunStats.Tests.Fakes;
using TunStats.Tests.Polling;
using Xunit;
using static TunStats.Tests.Export.IpfixMessages;

namespace TunStats.Tests.Export;

/// <summary>
/// What programs that others wrote make of our messages: tshark, libfixbuf's ipfixDump, nfcapd and nfacctd over UDP,
/// python3-ipfix over TCP and TLS.
/// </summary>
public sealed class IpfixCollectorTests : IDisposable
{
    private const int Port = 4739;

    private static readonly NetLogMessage[] Messages = [Sample(), Many(1000)];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-ipfix-");

    public void Dispose() => _folder.Delete(recursive: true);

    [ToolFact("tshark")]
    public void TsharkFindsNothingMalformed()
    {
        string path = Path.Combine(_folder.FullName, "ipfix.pcap");
        File.WriteAllBytes(path, CaptureBytes.Pcap(101, Encode().Select(message =>
        {
            byte[] packet = CaptureBytes.Udp($"10.0.0.1:{Port}", $"10.0.0.2:{Port}", message.Length);
            message.CopyTo(packet.AsSpan(28));
            return packet;
        })));
        string text = Run("tshark", "-n", "-r", path, "-V", "-O", "cflow", "-d", $"udp.port=={Port},cflow");
        Assert.DoesNotContain("alformed", text);
        Assert.DoesNotContain("Expert Info", text);
        Assert.DoesNotContain("Unknown", text);
        Assert.Equal(
            Messages.SelectMany(Expected).Select(flow => flow.Split(' ')[^1]),
            Regex.Matches(text, @"(?m)^ +Octets: (\d+)").Select(match => match.Groups[1].Value));
        Assert.Equal(Encode().Count, Regex.Count(text, "(?m)^    Observation Domain Id: 77"));
    }

    [ToolFact("ipfixDump")]
    public void LibfixbufKnowsOurElementsByTheirDescriptions()
    {
        string path = Path.Combine(_folder.FullName, "flows.ipfix");
        File.WriteAllBytes(path, [.. Encode().SelectMany(message => message)]);
        string text = Run("ipfixDump", "--rfc5610", "--in", path);
        Assert.Equal(3, Regex.Count(text, @"tunstatsSourceNode : .*self\.example"));
        Assert.Equal(Messages.SelectMany(Expected).Count(), Regex.Count(text, "tunstatsClass : "));
        Assert.Equal(
            Messages.SelectMany(Expected).Select(flow => flow.Split(' ')[^1]),
            Regex.Matches(text, @"octetDeltaCount : (\d+)").Select(match => match.Groups[1].Value));
    }

    [ToolFact("nfcapd", "nfdump")]
    public void NfcapdAgreesPerFlowOverUdp()
    {
        using var nfcapd = new CollectorProcess("nfcapd", "-w", _folder.FullName, "-b", "127.0.0.1", "-p", $"{Port}");
        nfcapd.WaitForListener("udp", Port);
        nfcapd.Run(() => Send("udp"));
        nfcapd.WaitUntilRead(Port);
        nfcapd.Terminate();
        string[] lines = Run("nfdump", "-R", _folder.FullName, "-6", "-N", "-o",
            "fmt:flow %pr %sa %sp %da %dp %pkt %byt %ts").Split('\n');
        AssertFlows(lines.Where(line => line.StartsWith("flow ", StringComparison.Ordinal)).Select(line =>
        {
            string[] w = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal($"{Start.ToDateTime().ToLocalTime():yyyy-MM-dd HH:mm:ss.fff}", $"{w[8]} {w[9]}");
            string protocol = w[1] switch { "TCP" => "6", "UDP" => "17", "ICMP" => "1", var other => other };

            // nfdump shows the port of ICMP as type and code.
            string port = w[5] == "0.0" ? "0" : w[5];
            return $"{protocol} {w[2]} {w[3]} {w[4]} {port} {w[6]} {w[7]}";
        }));
    }

    [ToolFact("nfacctd")]
    public void NfacctdAgreesPerFlowOverUdp()
    {
        string output = Path.Combine(_folder.FullName, "flows.json");
        string primitives = Save("primitives", """
            name=tunstats_class field_type=32473:1 len=vlen semantics=str
            name=source_node field_type=32473:2 len=vlen semantics=str
            """);
        string configuration = Save("nfacctd.conf", $"""
            nfacctd_ip: 127.0.0.1
            nfacctd_port: {Port}
            plugins: print
            aggregate: proto,src_host,src_port,dst_host,dst_port,export_proto_sysid,tunstats_class,source_node
            aggregate_primitives: {primitives}
            print_output: json
            print_output_file: {output}
            print_output_file_append: true
            print_refresh_time: 1
            plugin_pipe_size: 20000000
            """);
        int expected = Messages.SelectMany(Expected).Count();
        using var nfacctd = new CollectorProcess("nfacctd", "-f", configuration);

        // Before its plugin is there, it takes what comes and drops it.
        nfacctd.WaitFor(() => nfacctd.Output.Contains("setting object handlers", StringComparison.Ordinal)
            && nfacctd.Output.Contains("waiting for NetFlow/IPFIX data", StringComparison.Ordinal));
        nfacctd.Run(() => Send("udp"));
        nfacctd.WaitFor(() => File.Exists(output) && File.ReadLines(output).Count() >= expected);
        JsonElement[] rows = [.. File.ReadLines(output).Select(line => JsonDocument.Parse(line).RootElement)];
        AssertFlows(rows.Select(row =>
        {
            string protocol = Text(row, "ip_proto") switch
            {
                "tcp" => "6",
                "udp" => "17",
                "icmp" => "1",
                "ip" or "hopopt" => "0",
                var other => other,
            };
            return $"{protocol} {Text(row, "ip_src")} {Text(row, "port_src")} {Text(row, "ip_dst")} "
                + $"{Text(row, "port_dst")} {Text(row, "packets")} {Text(row, "bytes")}";
        }));
        Assert.Equal(
            ["exit", "physical", "subnet", "virtual"],
            rows.Select(row => Text(row, "tunstats_class")).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(3, rows.Count(row => Text(row, "source_node") == "self.example"));
        Assert.All(rows, row => Assert.Equal("77", Text(row, "export_proto_sysid")));
        Assert.DoesNotContain("malformed", nfacctd.Output);
    }

    [ToolTheory("ipfix2csv")]
    [InlineData("tcp")]
    [InlineData("tls")]
    public void PythonAgreesPerFlowOverStreams(string transport)
    {
        string certificate = Path.Combine(_folder.FullName, "certificate.pem");
        IpfixSinkTests.SaveCertificate(certificate);
        string script = Save("collector.py", """
            import socket, ssl, sys, ipfix.ie, ipfix.reader
            ipfix.ie.use_iana_default()
            server = socket.create_server(("127.0.0.1", 4739))
            connection, _ = server.accept()
            if sys.argv[1] == "tls":
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(sys.argv[2])
                connection = context.wrap_socket(connection, server_side=True)
            for r in ipfix.reader.from_stream(connection.makefile("rb")).namedict_iterator():
                if "octetDeltaCount" in r:
                    v = 4 if "sourceIPv4Address" in r else 6
                    print("flow", r["protocolIdentifier"], r[f"sourceIPv{v}Address"], r["sourceTransportPort"],
                        r[f"destinationIPv{v}Address"], r["destinationTransportPort"], r["packetDeltaCount"],
                        r["octetDeltaCount"])
            """);
        using var python = new CollectorProcess("/usr/bin/python3", script, transport, certificate);
        python.WaitForListener("tcp", Port);
        python.Run(() => Send(transport, certificate));
        python.WaitForEnd();
        AssertFlows(python.Output.Split('\n').Where(line => line.StartsWith("flow ", StringComparison.Ordinal))
            .Select(line => line[5..]));
    }

    private static void Send(string transport, string? certificate = null)
    {
        IpfixOptions options = Options($"{transport}://127.0.0.1:{Port}");
        using var sink = new IpfixSink(transport == "tls" ? options with { CaFile = certificate } : options);
        sink.Write(Entries(Messages), default);
    }

    private static List<byte[]> Encode()
    {
        var recorder = new Recorder();
        var exporter = new IpfixExporter(Options(), new IpfixStatistics(), new ManualTimeProvider());
        exporter.Begin(recorder);
        foreach (NetLogMessage message in Messages)
        {
            exporter.Write(message, default);
        }

        exporter.Flush(default);
        return recorder.Messages;
    }

    private static void AssertFlows(IEnumerable<string> flows) => Assert.Equal(
        Messages.SelectMany(Expected).Order(StringComparer.Ordinal), flows.Order(StringComparer.Ordinal));

    private static string Text(JsonElement row, string name) => row.GetProperty(name).ToString();

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, string.Create(
            CultureInfo.InvariantCulture, $"{program} ended with {process.ExitCode}."));
        return text;
    }

    private string Save(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text + "\n");
        return path;
    }
}
