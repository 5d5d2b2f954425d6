using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using TunStats.Export;
using TunStats.Flows;
using TunStats.NetLog;
using Xunit;
using static TunStats.Tests.Export.IpfixMessages;

namespace TunStats.Tests.Export;

/// <summary>A hundred exporters and one nfacctd that writes to PostgreSQL, set up as docs/fleet.md says.</summary>
public sealed class FleetTests : IDisposable
{
    private const int Exporters = 100;
    private const int Windows = 3;
    private const int FlowsPerWindow = 40;
    private const int Port = 4739;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-fleet-");

    public void Dispose() => _folder.Delete(recursive: true);

    [PostgresFact]
    public void SumsInPostgresEqualWhatAHundredExportersSent()
    {
        string programs = PostgresFactAttribute.Programs!;
        string data = Path.Combine(_folder.CreateSubdirectory("db").FullName, "data");
        Run("chmod", "755", _folder.FullName);
        Run("chown", "postgres", Path.GetDirectoryName(data)!);
        Run("runuser", "-u", "postgres", "--", $"{programs}/initdb", "-A", "trust", "-N", "--locale=C", "-D", data);
        using var postgres = new CollectorProcess(
            "runuser", "-u", "postgres", "--", $"{programs}/postgres", "-D", data, "-k", Path.GetDirectoryName(data)!,
            "-c", "listen_addresses=", "-c", "fsync=off");
        postgres.WaitFor(() => postgres.Output.Contains("ready to accept connections", StringComparison.Ordinal));
        Query(data, """
            create table flows (export_proto_sysid bigint, tunstats_class text, source_node text, ip_proto smallint,
                ip_src inet, ip_dst inet, port_src integer, port_dst integer, packets bigint, bytes bigint,
                stamp_inserted timestamp, stamp_updated timestamp)
            """);
        using var nfacctd = new CollectorProcess("nfacctd", "-f", Configuration(Path.GetDirectoryName(data)!));
        nfacctd.WaitFor(() => nfacctd.Output.Contains("base cache memory", StringComparison.Ordinal)
            && nfacctd.Output.Contains("waiting for NetFlow/IPFIX data", StringComparison.Ordinal));
        for (int i = 0; i < Exporters; i++)
        {
            int exporter = i;
            nfacctd.Run(() => Send(exporter));
            nfacctd.WaitUntilRead(Port);
        }

        int expected = Enumerable.Range(0, Exporters).Sum(i => Sent(i).SelectMany(Expected).Count());
        nfacctd.WaitFor(() => Query(data, "select count(*) from flows") == $"{expected}");

        const string Sums = "select export_proto_sysid, tunstats_class, sum(packets), sum(bytes) from flows "
            + "group by 1, 2 order by 1, 2";
        Assert.Equal(
            Enumerable.Range(0, Exporters).SelectMany(i => new[]
            {
                $"{1000 + i}|subnet|{Sum(i, FlowClass.Subnet)}",
                $"{1000 + i}|virtual|{Sum(i, FlowClass.Virtual)}",
            }),
            Query(data, Sums).Split('\n'));
    }

    private static void Send(int exporter)
    {
        using var sink = new IpfixSink(
            Options($"127.0.0.1:{Port}") with { ObservationDomain = (uint)(1000 + exporter) });
        foreach (NetLogMessage message in Sent(exporter))
        {
            sink.Write(Entries(message), default);
        }
    }

    private static NetLogMessage[] Sent(int exporter) =>
    [
        .. Enumerable.Range(0, Windows).Select(window => new NetLogMessage
        {
            StartTime = Start.Add(TimeSpan.FromSeconds(5 * window)),
            EndTime = End.Add(TimeSpan.FromSeconds(5 * window)),
            SrcNode = Node($"node{exporter}", $"100.64.1.{exporter}"),
            VirtualTraffic = Connections(exporter, window, "100.64.0.9:443"),
            SubnetTraffic = Connections(exporter, window, "192.168.0.9:22"),
        }),
    ];

    private static ConnectionCounts[] Connections(int exporter, int window, string to) =>
    [
        .. Enumerable.Range(0, FlowsPerWindow).Select(i => Entry(
            6, $"100.64.1.{exporter}:{10_000 + (window * FlowsPerWindow) + i}", to,
            1 + (ulong)i, 1000 + (ulong)((exporter * 7) + i), 2, 3000 + (ulong)window)),
    ];

    private static string Sum(int exporter, FlowClass flowClass)
    {
        FlowCounts sum = Sent(exporter)
            .SelectMany(message => message.Traffic(flowClass))
            .Aggregate(default(FlowCounts), (counts, entry) => counts + entry.Counts);
        return $"{sum.TotalPackets}|{sum.TotalBytes}";
    }

    private static string Query(string data, string sql) =>
        Run("psql", "-h", Path.GetDirectoryName(data)!, "-U", "postgres", "-qAt", "-c", sql);

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}.");
        return text.TrimEnd('\n');
    }

    private string Configuration(string host)
    {
        string primitives = Path.Combine(_folder.FullName, "primitives");
        File.WriteAllText(primitives, """
            name=tunstats_class field_type=32473:1 len=vlen semantics=str
            name=source_node field_type=32473:2 len=vlen semantics=str

            """);
        string path = Path.Combine(_folder.FullName, "nfacctd.conf");
        File.WriteAllText(path, $"""
            nfacctd_ip: 127.0.0.1
            nfacctd_port: {Port}
            nfacctd_pipe_size: 8000000
            plugins: pgsql
            plugin_pipe_size: 100000000
            aggregate: export_proto_sysid,proto,src_host,src_port,dst_host,dst_port,tunstats_class,source_node
            aggregate_primitives: {primitives}
            sql_host: {host}
            sql_db: postgres
            sql_user: postgres
            sql_passwd: unused
            sql_table: flows
            sql_optimize_clauses: true
            sql_num_protos: true
            sql_refresh_time: 1
            sql_cache_entries: 131071
            sql_history: 1m
            sql_history_roundoff: m
            sql_dont_try_update: true

            """);
        return path;
    }
}
