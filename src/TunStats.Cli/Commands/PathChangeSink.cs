using System;
using System.IO;
using System.Text;
using System.Text.Json;
using TunStats.IO;
using TunStats.Peers;

namespace TunStats.Cli.Commands;

/// <summary>
/// Writes changes of peers' paths to standard output between the samples, and messages about peers to standard error.
/// </summary>
/// <param name="isJson">JSON instead of a row of the table.</param>
/// <param name="output">Takes the lines.</param>
/// <param name="messages">Standard error.</param>
internal sealed class PathChangeSink(bool isJson, QueuedOutput output, Messages messages) : IPeerPollerSink
{
    public void OnPeers(PeerReport report)
    {
        foreach (PeerPathChange change in report.PathChanges)
        {
            string text = change.ToString();
            messages.Complain(text);
            output.Write(isJson ? Json(change) : Encoding.UTF8.GetBytes(SampleTableWriter.Row(change, text)));
        }

        output.Flush();
    }

    public void OnAbsent(string device) => messages.Complain($"the peers of {device} are no longer reported");

    public void OnError(Exception error, string? device) => messages.Complain(error.Message);

    public void OnWarning(string message) => messages.Warn(message);

    /// <summary>One object and line, its members named as the properties; the event reports it from a sample.</summary>
    private static byte[] Json(PeerPathChange change)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("Event", "PathChange");
            json.WriteString("Timestamp", change.Timestamp);
            json.WriteString("Device", change.Device);
            json.WriteString("Name", change.Name);
            json.WriteString("NodeId", change.NodeId);
            json.WriteString("PublicKey", change.PublicKey);
            json.WriteString("PreviousPath", change.PreviousPath.ToString());
            json.WriteString("PreviousVia", change.PreviousVia);
            json.WriteString("Path", change.Path.ToString());
            json.WriteString("Via", change.Via);
            json.WriteString("PreviousSince", change.PreviousSince);
            json.WriteNumber("PreviousDuration", change.PreviousDuration.TotalSeconds);
            json.WriteNumber("PreviousRxBytes", change.PreviousRxBytes);
            json.WriteNumber("PreviousTxBytes", change.PreviousTxBytes);
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.ToArray();
    }
}
