using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using TunStats.NetLog;
using TunStats.Peers;
using TunStats.Tests.Fakes;

namespace TunStats.Tests.Peers;

/// <summary>A LocalAPI on a Unix socket that answers with documents, recorded or made.</summary>
internal sealed class TailscaleServer : IDisposable
{
    /// <summary>What tailscaled says of the DERP region of the recorded nodes.</summary>
    internal const string DerpMap = """
        {"Regions":{"1":{"RegionID":1,"RegionCode":"lab","RegionName":"Lab","Nodes":[{"Name":"1a","RegionID":1}]},
        "900":{"RegionID":900,"RegionCode":"own"},"70000":{"RegionID":70000,"RegionCode":"far"},"2":null}}
        """;

    private readonly UnixServer _server;

    internal TailscaleServer() => _server = new UnixServer(
        (request, stream, _) =>
        {
            if (!request.StartsWith("GET ", StringComparison.Ordinal))
            {
                stream.Write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request"u8);
                return;
            }

            string resource = request.Split(' ')[1];
            string body = resource == "/localapi/v0/status" ? Status
                : resource == "/localapi/v0/derpmap" ? Regions ?? ""
                : "";
            bool found = body.Length > 0;
            string head = found ? "HTTP/1.0 200 OK" : "HTTP/1.0 404 Not Found";
            stream.Write(Encoding.UTF8.GetBytes($"{head}\r\nContent-Type: application/json\r\n\r\n{body}"));
        },
        "tailscaled.sock");

    internal string Path => _server.Path;

    /// <summary>The answer to the next questions.</summary>
    internal string Status { get; set; } = "{}";

    /// <summary>The DERP map; null where there is none.</summary>
    internal string? Regions { get; set; } = DerpMap;

    /// <summary>The resources that were asked for.</summary>
    internal IEnumerable<string> Asked => _server.Requests.Select(request => request.Split(' ')[1].Split('/')[^1]);

    internal IEnumerable<string> Requests => _server.Requests;

    /// <summary>Ends as a stopped tailscaled.</summary>
    internal void Stop() => _server.StopListening();

    internal static string Recorded(string name) => File.ReadAllText(PathOf(name));

    /// <summary>The messages that a node uploaded.</summary>
    internal static IReadOnlyList<NetLogMessage> Log(string name, string nodeId)
    {
        using var reader = NetLogReader.Open(PathOf(name));
        return [.. reader.ReadAll().Where(message => message.NodeId == nodeId)];
    }

    /// <summary>A status with one peer.</summary>
    internal static string StatusOf(
        string curAddr = "",
        string relay = "",
        string peerRelay = "",
        ulong rx = 0,
        ulong tx = 0,
        bool active = true,
        string key = "nodekey:01",
        string id = "n1") => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {"BackendState":"Running","Peer":{"{{key}}":{"ID":"{{id}}","PublicKey":"{{key}}","DNSName":"x.lab.ts.net.",
        "TailscaleIPs":["100.64.0.9"],"CurAddr":"{{curAddr}}","Relay":"{{relay}}","PeerRelay":"{{peerRelay}}",
        "RxBytes":{{rx}},"TxBytes":{{tx}},"Active":{{(active ? "true" : "false")}} } } }
        """);

    internal TailscaleSource Open(TimeProvider? clock = null) => new("tailscale0", Path, clock)
    {
        Timeout = TimeSpan.FromMinutes(1),
    };

    public void Dispose() => _server.Dispose();

    private static string PathOf(string name) =>
        System.IO.Path.Combine(AppContext.BaseDirectory, "Vectors", "tailscaled", name);
}
