using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using TunStats.Peers;

namespace TunStats.Cli.Commands;

/// <summary>One JSON object per line, its members named as the properties of <see cref="TunPeer"/>.</summary>
internal static class PeerJson
{
    private const int BatchBytes = 64 * 1024;

    internal static void Print(IEnumerable<TunPeer> peers)
    {
        using var lines = new MemoryStream();
        using var json = new Utf8JsonWriter(lines);
        foreach (TunPeer peer in peers)
        {
            json.WriteStartObject();
            WriteMembers(json, peer);
            json.WriteEndObject();
            json.Flush();
            json.Reset(lines);
            lines.WriteByte((byte)'\n');
            if (lines.Length >= BatchBytes)
            {
                Program.Print(lines.GetBuffer().AsSpan(0, (int)lines.Length));
                lines.SetLength(0);
            }
        }

        Program.Print(lines.GetBuffer().AsSpan(0, (int)lines.Length));
    }

    private static void WriteMembers(Utf8JsonWriter json, TunPeer peer)
    {
        json.WriteString("Device", peer.Device);
        json.WriteString("Source", peer.Source.ToString());
        json.WriteString("Name", peer.Name);
        json.WriteString("HostName", peer.HostName);
        json.WriteString("NodeId", peer.NodeId);
        json.WriteString("PublicKey", peer.PublicKey);
        json.WriteString("Addresses", peer.Addresses);
        json.WriteString("AllowedPrefixes", peer.AllowedPrefixes);
        json.WriteString("PrimaryRoutes", peer.PrimaryRoutes);
        json.WriteString("Path", peer.Path.ToString());
        json.WriteString("Endpoint", peer.Endpoint);
        json.WriteString("Relay", peer.Relay);
        WriteTime(json, "LastHandshake", peer.LastHandshake);
        WriteNumber(json, "HandshakeAge", peer.HandshakeAge?.TotalSeconds);
        json.WriteNumber("RxBytes", peer.RxBytes);
        json.WriteNumber("TxBytes", peer.TxBytes);
        if (peer.Online is { } online)
        {
            json.WriteBoolean("Online", online);
        }
        else
        {
            json.WriteNull("Online");
        }

        json.WriteBoolean("ExitNode", peer.ExitNode);
        json.WriteString("Tags", peer.Tags);
        json.WriteString("User", peer.User);
        json.WriteString("OS", peer.OS);
        json.WriteString("Timestamp", peer.Timestamp);
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTime? time)
    {
        if (time is { } value)
        {
            json.WriteString(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
