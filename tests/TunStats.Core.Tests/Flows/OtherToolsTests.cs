using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Tests.Polling;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Flows;

/// <summary>
/// The same captures, counted by programs that others wrote: Wireshark's tshark, nfdump's nfpcapd and softflowd.
/// </summary>
public sealed class OtherToolsTests : IDisposable
{
    private const int Raw = 101;
    private const int Ethernet10M = 1;
    private const int EthernetHeader = 14;
    private const int VlanTag = 4;

    private static readonly IpAddr[] Local = [IpAddr.Parse("10.0.0.1"), IpAddr.Parse("fd7a:115c:a1e0::1")];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-");

    public void Dispose() => _folder.Delete(recursive: true);

    [ToolFact("tshark")]
    public void TsharkAgreesOnRawPackets()
    {
        byte[][] packets = [.. Conversations(), .. Fragments()];
        string file = Save("raw.pcap", Pcap(Raw, packets));
        Compare(TsharkByPorts(file, 0), Count(file), withFragments: false);
        string small = Save("small.pcap", Pcap(Raw, packets.Where(p => p.Length < 2000)));
        Compare(TsharkByAddresses(small, 0), ByAddresses(Count(small)), withFragments: true);
    }

    [ToolFact("tshark")]
    public void TsharkAgreesOnOneConversationWhereNothingReportsDirections()
    {
        string file = Save("undirected.pcap", Pcap(Raw, [.. Conversations()]));
        using CaptureReader reader = CaptureReader.Open(file);
        int objects = 0;
        foreach (FlowReport report in FileFlowMeter.Read(reader, new FlowMeterOptions()))
        {
            objects += report.Count;
            report.Dispose();
        }

        Dictionary<string, Counts> theirs = TsharkByPorts(file, 0), ours = Count(file, local: null);
        Assert.Equal(theirs.Count, objects);
        Compare(theirs, ours, withFragments: true);
    }

    [ToolFact("tshark")]
    public void TsharkAgreesOnPcapngWithLinkHeaders()
    {
        // tshark counts whole frames: without a frame's padding it is the header that is too much.
        byte[][] packets = [.. Conversations().Where(p => p.Length >= 46)];
        Writer file = new Writer().Section().Interface(Ethernet10M);
        ulong stamp = 1_600_000_000_000_000;
        foreach (byte[] packet in packets)
        {
            file.Enhanced(0, stamp++, Ethernet(packet));
        }

        string path = Save("ethernet.pcapng", file.ToArray());
        Compare(TsharkByPorts(path, EthernetHeader), Count(path), withFragments: true);
    }

    [ToolFact("tshark")]
    public void TsharkAgreesOnVlans()
    {
        byte[][] packets = [.. Conversations().Where(p => p.Length >= 46)];
        string tagged = Save("vlan.pcap", Pcap(Ethernet10M, packets.Select(p => Ethernet(p, 0x8100))));
        Compare(TsharkByPorts(tagged, EthernetHeader + VlanTag), Count(tagged), withFragments: true);
        string twice = Save("qinq.pcap", Pcap(Ethernet10M, packets.Select(p => Ethernet(p, 0x88a8, 0x8100))));
        Compare(TsharkByPorts(twice, EthernetHeader + (2 * VlanTag)), Count(twice), withFragments: true);
    }

    [ToolFact("nfpcapd", "nfdump")]
    public void NfdumpAgrees()
    {
        string file = Save("raw.pcap", Pcap(Raw, [.. Conversations()]));
        DirectoryInfo flows = _folder.CreateSubdirectory("nf");
        Run("nfpcapd", "-r", file, "-l", flows.FullName);
        Compare(NfdumpByPorts(flows), Count(file), withFragments: true);
    }

    [ToolFact("softflowd", "nfcapd", "nfdump")]
    public void SoftflowdAgrees()
    {
        string file = Save("raw.pcap", Pcap(Raw, [.. Conversations()]));
        DirectoryInfo flows = _folder.CreateSubdirectory("soft");
        using (var collector = new Collector(flows))
        {
            string target = $"127.0.0.1:{collector.Port}";
            string pid = Path.Combine(_folder.FullName, "pid");
            Run("softflowd", "-d", "-6", "-v", "9", "-p", pid, "-c", "none", "-r", file, "-n", target);
        }

        Compare(NfdumpByPorts(flows), Count(file), withFragments: true);
    }

    private static IEnumerable<byte[]> Conversations()
    {
        // Sizes of nothing, of an odd byte and of a jumbo frame; both directions; both families; both transports.
        // tshark rounds what has more than four digits, so that a direction has to stay below.
        int[] sizes = [0, 1, 26, 100, 700, 8200];
        foreach ((string here, string there) in new[]
        {
            ("10.0.0.1:4000", "10.0.1.2:53"), ("10.0.0.1:4001", "10.0.1.2:53"), ("10.0.0.1:4000", "192.168.7.9:80"),
            ("[fd7a:115c:a1e0::1]:4000", "[fd7a:115c:a1e0::2]:443"), ("[fd7a:115c:a1e0::1]:9", "[2001:db8::7]:443"),
        })
        {
            foreach (byte protocol in new byte[] { 6, 17 })
            {
                for (int i = 0; i < sizes.Length; i++)
                {
                    yield return Udp(here, there, sizes[i], protocol, tcpFlags: 0x10);
                    if (i % 2 == 0)
                    {
                        yield return Udp(there, here, sizes[i] / 2, protocol, tcpFlags: 0x10);
                    }
                }
            }
        }
    }

    private static IEnumerable<byte[]> Fragments()
    {
        byte[] first = Udp("10.0.0.1:5000", "10.9.9.9:5001", 1400);
        yield return AsFragment(first, 0, more: true);
        yield return AsFragment(Udp("10.0.0.1:5000", "10.9.9.9:5001", 700), 176, more: true);
        yield return AsFragment(Udp("10.0.0.1:5000", "10.9.9.9:5001", 33), 264, more: false);
    }

    private static byte[] AsFragment(byte[] packet, int offsetInBlocks, bool more)
    {
        int field = offsetInBlocks | (more ? 0x2000 : 0);
        (packet[6], packet[7], packet[10], packet[11]) = ((byte)(field >> 8), (byte)field, 0, 0);
        int sum = Enumerable.Range(0, 10).Sum(i => (packet[2 * i] << 8) | packet[(2 * i) + 1]);
        sum = (sum & 0xffff) + (sum >> 16);
        sum = ~((sum & 0xffff) + (sum >> 16));
        (packet[10], packet[11]) = ((byte)(sum >> 8), (byte)sum);
        return packet;
    }

    private static Dictionary<string, Counts> Count(string path) => Count(path, Local);

    private static Dictionary<string, Counts> Count(string path, IpAddr[]? local)
    {
        using CaptureReader reader = CaptureReader.Open(path, new CaptureOptions { LocalAddresses = local });
        var flows = new Dictionary<string, Counts>();
        foreach (FlowReport report in FileFlowMeter.Read(reader, new FlowMeterOptions()))
        {
            using (report)
            {
                foreach (TupleCounts flow in report.TakeFlows())
                {
                    Add(flows, flow.Proto.ToString().ToLowerInvariant(), $"{flow.Src}", $"{flow.Dst}", new Counts(
                        (long)flow.TxPackets, (long)flow.TxBytes, (long)flow.RxPackets, (long)flow.RxBytes));
                }
            }
        }

        return flows;
    }

    private static Dictionary<string, Counts> ByAddresses(Dictionary<string, Counts> flows)
    {
        var sums = new Dictionary<string, Counts>();
        foreach ((string key, Counts counts) in flows)
        {
            string[] words = key.Split(' ');
            Add(sums, "ip", AddressOf(words[1]), AddressOf(words[2]), counts);
        }

        return sums;
    }

    private static string AddressOf(string endpoint) => $"{AddrPort.Parse(endpoint).Address}";

    private static Dictionary<string, Counts> TsharkByPorts(string file, int header)
    {
        var flows = new Dictionary<string, Counts>();
        foreach (string protocol in new[] { "tcp", "udp" })
        {
            Tshark(flows, file, protocol, protocol, header);
        }

        return flows;
    }

    private static Dictionary<string, Counts> TsharkByAddresses(string file, int header)
    {
        var flows = new Dictionary<string, Counts>();
        Tshark(flows, file, "ip", "ip", header);
        Tshark(flows, file, "ipv6", "ip", header);
        return flows;
    }

    private static void Tshark(
        Dictionary<string, Counts> flows, string file, string table, string name, int header)
    {
        string text = Run("tshark", "-n", "-q", "-o", "ip.defragment:FALSE", "-r", file, "-z", $"conv,{table}");
        const string Direction = @"(\d+)\s+(\d+) bytes";
        foreach (Match row in Regex.Matches(
            text, $@"(?m)^(\S+)\s+<->\s+(\S+)\s+{Direction}\s+{Direction}\s+\d", RegexOptions.CultureInvariant))
        {
            long[] n =
                [.. row.Groups.Cast<Group>().Skip(3).Select(g => long.Parse(g.Value, CultureInfo.InvariantCulture))];

            string End(string text) => name == "ip" ? text : JoinLast(text);

            // The first pair of columns is what the left end received.
            var counts = new Counts(n[2], n[3] - (n[2] * header), n[0], n[1] - (n[0] * header));
            Add(flows, name, End(row.Groups[1].Value), End(row.Groups[2].Value), counts);
        }

        // A row in other units than bytes would be skipped above.
        Assert.Equal(text.Split("<->").Length - 1, flows.Keys.Count(k => k.StartsWith(name, StringComparison.Ordinal)
            && (table != "ipv6" || k.Contains(':', StringComparison.Ordinal))
            && (table != "ip" || !k.Contains(':', StringComparison.Ordinal))));
    }

    private static string JoinLast(string text)
    {
        int colon = text.LastIndexOf(':');
        return Join(text[..colon], text[(colon + 1)..]);
    }

    private static Dictionary<string, Counts> NfdumpByPorts(DirectoryInfo folder)
    {
        var flows = new Dictionary<string, Counts>();
        string[] lines = Run("nfdump", "-R", folder.FullName, "-o", "csv").Split('\n');
        string[] names = lines[0].Split(',');
        foreach (string[] row in lines.Skip(1).Select(l => l.Split(',')).Where(row => row.Length == names.Length))
        {
            string from = Join(Column("sa"), Column("sp")), to = Join(Column("da"), Column("dp"));
            long packets = long.Parse(Column("ipkt"), CultureInfo.InvariantCulture);
            long bytes = long.Parse(Column("ibyt"), CultureInfo.InvariantCulture);
            Add(flows, Column("pr").Trim().ToLowerInvariant(), from, to, new Counts(packets, bytes, 0, 0));

            string Column(string name) => row[Array.IndexOf(names, name)];
        }

        return flows;
    }

    private static string Join(string address, string port) =>
        address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:{port}" : $"{address}:{port}";

    // A connection is one entry, whichever end a program names first.
    private static void Add(Dictionary<string, Counts> flows, string protocol, string from, string to, Counts counts)
    {
        bool turn = !Local.Any(l => AddressIn(from) == l);
        string key = turn ? $"{protocol} {to} {from}" : $"{protocol} {from} {to}";
        counts = turn ? new Counts(counts.RxPackets, counts.RxBytes, counts.TxPackets, counts.TxBytes) : counts;
        flows[key] = flows.TryGetValue(key, out Counts before) ? before.Plus(counts) : counts;
    }

    private static IpAddr AddressIn(string end) =>
        IpAddr.TryParse(end, out IpAddr address) ? address : AddrPort.Parse(end).Address;

    private static void Compare(
        Dictionary<string, Counts> theirs, Dictionary<string, Counts> ours, bool withFragments)
    {
        // Only the first fragment has ports: the others are an entry of their own here, and no conversation of the
        // transport there.
        IEnumerable<KeyValuePair<string, Counts>> mine = withFragments
            ? ours
            : ours.Where(f => f.Key.StartsWith("tcp ", StringComparison.Ordinal)
                || f.Key.StartsWith("udp ", StringComparison.Ordinal));
        Assert.True(theirs.Count > 3, "The other program said nothing.");
        Assert.Equal(
            theirs.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}: {f.Value}"),
            mine.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}: {f.Value}"));
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}.");
        return text;
    }

    private string Save(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private readonly record struct Counts(long TxPackets, long TxBytes, long RxPackets, long RxBytes)
    {
        internal Counts Plus(Counts other) => new(
            TxPackets + other.TxPackets,
            TxBytes + other.TxBytes,
            RxPackets + other.RxPackets,
            RxBytes + other.RxBytes);
    }

    /// <summary>nfcapd on loopback, which has read all that was sent to it when it ends.</summary>
    private sealed class Collector : IDisposable
    {
        private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

        private readonly Process _process;

        internal Collector(DirectoryInfo folder)
        {
            using (var probe = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)))
            {
                Port = ((IPEndPoint)probe.Client.LocalEndPoint!).Port;
            }

            string port = Port.ToString(CultureInfo.InvariantCulture);
            var start = new ProcessStartInfo("nfcapd", ["-w", folder.FullName, "-b", "127.0.0.1", "-p", port])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            _process = Process.Start(start)!;
            _process.ErrorDataReceived += (_, _) => { };
            _process.OutputDataReceived += (_, _) => { };
            _process.BeginErrorReadLine();
            _process.BeginOutputReadLine();
            WaitFor(queue => queue is not null);
        }

        internal int Port { get; }

        public void Dispose()
        {
            WaitFor(queue => queue == 0);
            using (Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            {
                kill.WaitForExit();
            }

            _process.WaitForExit(Limit);
            _process.Dispose();
        }

        private void WaitFor(Predicate<long?> condition)
        {
            var watch = Stopwatch.StartNew();
            while (!condition(Queue()))
            {
                Assert.True(watch.Elapsed < Limit && !_process.HasExited, "nfcapd does not listen or does not read.");
                Thread.Yield();
            }
        }

        /// <summary>The bytes that wait in the socket's queue; null while nothing listens.</summary>
        private long? Queue()
        {
            string end = string.Create(CultureInfo.InvariantCulture, $"0100007F:{Port:X4}");
            string? row = File.ReadLines("/proc/net/udp").FirstOrDefault(
                line => line.Contains(end, StringComparison.Ordinal));
            return row is null
                ? null
                : long.Parse(row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4].Split(':')[1],
                    NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
    }
}
