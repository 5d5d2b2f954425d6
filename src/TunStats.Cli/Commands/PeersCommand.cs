using System;
using System.Collections.Generic;
using TunStats.Cli.Arguments;
using TunStats.IO;
using TunStats.Peers;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats peers</c>: the peers of tunnels, as a table or as JSON.</summary>
internal sealed class PeersCommand : Command
{
    private readonly Option _socket = Option.Value(
        "--socket", "PATH", "Ask this socket of a WireGuard process or of tailscaled.");

    private readonly Option _space = Option.Value(
        "--netns",
        "NS",
        "Look for devices in this network namespace: a name of ip netns, a path, or a process id.",
        "--namespace");

    private readonly Option _json = Option.Switch("--json", "Write one JSON object per line.");

    internal override string Name => "peers";

    internal override string Summary => "Shows the peers of WireGuard devices and of Tailscale.";

    internal override Operands Operands { get; } =
        new("NAME", "Names and wildcards of tunnel devices; default: all that have peers.", IsRequired: false);

    internal override IReadOnlyList<Option> Options => [_socket, _space, _json];

    internal override int Run(ParsedArguments arguments)
    {
        arguments.RequireDevices();
        string? socket = arguments.Value(_socket);
        if (socket is not null && arguments.Operands.Count > 1)
        {
            throw new UsageException("--socket is of one device; give one NAME or none");
        }

        using NetworkNamespace? there =
            arguments.Value(_space) is { } space ? NetworkNamespace.Open(space) : null;
        var sink = new PeersSink();
        using var query = new PeerQuery(sink, networkNamespace: there);
        if (socket is not null)
        {
            query.ReadSocket(socket, arguments.Operands.Count > 0 ? arguments.Operands[0] : null);
        }
        else if (arguments.Operands.Count > 0)
        {
            query.ReadByName(arguments.Operands);
        }
        else
        {
            query.ReadAll();
        }

        if (arguments.Has(_json))
        {
            PeerJson.Print(sink.Peers);
        }
        else
        {
            PeerTable.Print(sink.Peers);
        }

        return sink.Errors == 0 ? 0 : 1;
    }

    /// <summary>Collects what the query finds, and counts the inputs that were wrong.</summary>
    private sealed class PeersSink : IPeerQuerySink
    {
        internal List<TunPeer> Peers { get; } = [];

        internal int Errors { get; private set; }

        public void OnPeers(TunPeerSnapshot snapshot) => Peers.AddRange(snapshot.Peers);

        public void OnError(Exception error, object input)
        {
            Errors++;
            Program.Complain(error.Message);
        }

        public void OnWarning(string message) => Program.Complain($"warning: {message}");
    }
}
