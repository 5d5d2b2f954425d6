using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace TunStats.Lab;

/// <summary>
/// One end of a <see cref="WireGuardPair"/>: a namespace with a <c>wireguard-go</c> in it, set up over its own socket
/// (the cross-platform userspace interface), and with networks behind it where they are asked for.
/// </summary>
public sealed class WireGuardNode : IDisposable
{
    internal const int Port = 51820;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly List<PrivateNamespace> _hosts = [];
    private readonly StringBuilder _said = new();
    private Process? _process;

    internal WireGuardNode(string device)
    {
        Device = device;
        Space = new PrivateNamespace(ipv6: true);
        Links = Space.OpenLinks();
        Routes = Space.OpenRoutes();
        Links.SetUp("lo");
    }

    /// <summary>The tunnel device's name.</summary>
    public string Device { get; }

    /// <summary>The node's namespace.</summary>
    public PrivateNamespace Space { get; }

    /// <summary>The links there.</summary>
    public LabLinks Links { get; }

    /// <summary>The routes there.</summary>
    public LabRoutes Routes { get; }

    private string SocketPath => $"/var/run/wireguard/{Device}.sock";

    /// <summary>Adds an address with its network, such as <c>10.1.0.1/24</c>.</summary>
    public void AddAddress(string device, string text) => AddAddress(Links, device, text);

    /// <summary>
    /// Puts a host behind this node, which forwards for it: a namespace whose <c>eth0</c> has the addresses and whose
    /// default routes lead to this node.
    /// </summary>
    /// <param name="device">What the device towards it is called here.</param>
    /// <param name="own">This node's addresses towards it, with their networks; at most one of each family.</param>
    /// <param name="addresses">The host's addresses, with their networks.</param>
    public PrivateNamespace AddHost(string device, IReadOnlyList<string> own, IReadOnlyList<string> addresses)
    {
        var host = new PrivateNamespace(ipv6: true);
        _hosts.Add(host);
        Links.AddVeth(device, "eth0");
        Links.Move("eth0", host);
        using LabLinks links = host.OpenLinks();
        using LabRoutes routes = host.OpenRoutes();
        foreach (string text in own)
        {
            AddAddress(device, text);
        }

        foreach (string text in addresses)
        {
            AddAddress(links, "eth0", text);
        }

        links.SetUp("eth0");
        Links.SetUp(device);
        foreach (string text in own)
        {
            string gateway = text[..text.IndexOf('/', StringComparison.Ordinal)];
            routes.Add(gateway.Contains(':', StringComparison.Ordinal) ? "::/0" : "0.0.0.0/0", "eth0", 254, gateway);
        }

        Space.Run(() =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        });
        return host;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.WaitForExit();
            _process.Dispose();
            File.Delete(SocketPath);
        }

        foreach (PrivateNamespace host in _hosts)
        {
            host.Dispose();
        }

        Links.Dispose();
        Routes.Dispose();
        Space.Dispose();
    }

    /// <summary>Starts <c>wireguard-go</c> and waits until it can be set up.</summary>
    internal void Start()
    {
        using var ready = new ManualResetEventSlim();
        var start = new ProcessStartInfo("wireguard-go", ["-f", Device])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LOG_LEVEL"] = "verbose" },
        };
        _process = Space.Run(() => Process.Start(start)!);
        _process.OutputDataReceived += Hear;
        _process.ErrorDataReceived += Hear;
        _process.EnableRaisingEvents = true;
        EventHandler ended = (_, _) => ready.Set();
        _process.Exited += ended;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        bool heard = ready.Wait(Deadline);
        _process.Exited -= ended;
        _process.OutputDataReceived -= Hear;
        _process.ErrorDataReceived -= Hear;
        if (!heard || _process.HasExited)
        {
            throw new LabException($"wireguard-go did not start: {_said}");
        }

        void Hear(object sender, DataReceivedEventArgs line)
        {
            lock (_said)
            {
                _said.AppendLine(line.Data);
            }

            if (line.Data?.Contains("UAPI listener started", StringComparison.Ordinal) == true)
            {
                ready.Set();
            }
        }
    }

    /// <summary>Gives the device its key and its peer.</summary>
    internal void Configure(string privateKey, string peerKey, string endpoint, IReadOnlyList<string> allowed)
    {
        Set(
            [
                $"private_key={privateKey}", $"listen_port={Port}", "replace_peers=true",
                .. Peer(peerKey, endpoint, allowed),
            ]);

        // Its queue drops what does not fit, and a slow machine must lose nothing.
        Links.SetQueueLength(Device, 20_000);
    }

    /// <summary>Gives the device one more peer.</summary>
    internal void AddPeer(string key, string endpoint, IReadOnlyList<string> allowed) =>
        Set(Peer(key, endpoint, allowed));

    private static string[] Peer(string key, string endpoint, IReadOnlyList<string> allowed) =>
    [
        $"public_key={key}", $"endpoint={endpoint}:{Port}", "replace_allowed_ips=true",
        .. allowed.Select(prefix => $"allowed_ip={prefix}"),
    ];

    private void Set(string[] lines)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.ReceiveTimeout = (int)Deadline.TotalMilliseconds;
        socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        using var stream = new NetworkStream(socket);
        stream.Write(Encoding.ASCII.GetBytes("set=1\n" + string.Join('\n', lines) + "\n\n"));
        using var reader = new StreamReader(stream);
        string? answer = reader.ReadLine();
        if (answer != "errno=0")
        {
            throw new LabException($"wireguard-go refused its settings: {answer}");
        }
    }

    private static void AddAddress(LabLinks links, string device, string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        IPAddress address = IPAddress.Parse(text.AsSpan(0, slash));
        byte length = byte.Parse(text.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture);
        links.AddAddress(device, address, length);
    }
}
