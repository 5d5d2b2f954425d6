using System;
using System.ComponentModel;
using System.Globalization;
using System.IO;
using System.Management.Automation;
using TunStats.PowerShell.Conversion;

namespace TunStats.PowerShell.Display;

/// <summary>The texts of a flow's or a group's columns, for the format file alone.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class FlowView
{
    private readonly PropertyReader _flow;

    internal FlowView(PSObject flow) => _flow = new PropertyReader(flow);

    /// <summary>The protocol; empty if it is not known.</summary>
    public string Proto => _flow.Read<int>("ProtoNumber") == 0 ? "" : _flow.Text("Proto");

    /// <summary>The source; without a port where there is none, as in ICMP.</summary>
    public string Src => EndOf("Src", "SourceAddress", "SourcePort");

    /// <summary>The destination; without a port where there is none, as in ICMP.</summary>
    public string Dst => EndOf("Dst", "DestinationAddress", "DestinationPort");

    /// <summary>The destination by its name where it has one, with its port.</summary>
    public string NamedDst => _flow.Text("DstName") is { Length: > 0 } name
        ? _flow.Read<int>("DestinationPort") is > 0 and int port
            ? string.Create(CultureInfo.InvariantCulture, $"{name}:{port}")
            : name
        : Dst;

    /// <summary>Id and name of the local process; empty if it is not known.</summary>
    public string Process => _flow.Read<int?>("ProcessId") is { } id
        ? string.Create(CultureInfo.InvariantCulture, $"{id}/{_flow.Text("ProcessName")}")
        : "";

    /// <summary>What the flows of a group have in common.</summary>
    public string Group => _flow.Text("Group") is { Length: > 0 } group ? group : "(other)";

    /// <summary>The number of connections, marked where it is an estimate.</summary>
    public string Connections =>
        (_flow.Text("ConnectionsEstimated") == "True" ? "~" : "") + _flow.Text("Connections");

    /// <summary>Bytes sent.</summary>
    public string Tx => DisplayText.Bytes(_flow.Read<double?>("TxBytes"));

    /// <summary>Bytes received.</summary>
    public string Rx => DisplayText.Bytes(_flow.Read<double?>("RxBytes"));

    /// <summary>The class; empty if there is none.</summary>
    public string Class => DisplayText.UnlessNone(_flow.Text("Class"));

    /// <summary>When and where it was counted: the heading of a group.</summary>
    public string Window
    {
        get
        {
            string from = Start, to = End;
            string place = _flow.Text("Source") is { Length: > 0 } source ? $", {Path.GetFileName(source)}" : "";
            int date = "yyyy-MM-dd ".Length;
            bool isOneDay = from.Length > date && to.StartsWith(from[..date], StringComparison.Ordinal);
            return $"{from} to {(isOneDay ? to[date..] : to)}{place}";
        }
    }

    /// <summary>The window's first instant.</summary>
    public string Start => DisplayText.Time(_flow.Time("Start"));

    /// <summary>The window's last instant.</summary>
    public string End => DisplayText.Time(_flow.Time("End"));

    /// <summary>When the first packet was seen.</summary>
    public string FirstSeen => DisplayText.Time(_flow.Time("FirstSeen"));

    /// <summary>When the last packet was seen.</summary>
    public string LastSeen => DisplayText.Time(_flow.Time("LastSeen"));

    private string EndOf(string end, string address, string port) =>
        _flow.Text(_flow.Read<int>(port) == 0 ? address : end);
}
