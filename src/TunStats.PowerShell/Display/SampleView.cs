using System.ComponentModel;
using System.Management.Automation;
using TunStats.PowerShell.Conversion;

namespace TunStats.PowerShell.Display;

/// <summary>The texts of a sample's columns, for the format file alone.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class SampleView
{
    private readonly PropertyReader _sample;

    internal SampleView(PSObject sample) => _sample = new PropertyReader(sample);

    /// <summary>The time of day.</summary>
    public string Time => DisplayText.TimeOfDay(_sample.Time("Timestamp"));

    /// <summary>Date and time.</summary>
    public string Timestamp => DisplayText.Time(_sample.Time("Timestamp"));

    /// <summary>Bytes received per second.</summary>
    public string RxRate => DisplayText.Bytes(_sample.Read<double?>("RxBytesPerSecond"));

    /// <summary>Bytes sent per second.</summary>
    public string TxRate => DisplayText.Bytes(_sample.Read<double?>("TxBytesPerSecond"));

    /// <summary>Packets received and dropped since the sample before.</summary>
    public string RxDrop => DisplayText.Count(_sample.Read<ulong?>("RxDrop"));

    /// <summary>Packets dropped before they were sent, since the sample before.</summary>
    public string TxDrop => DisplayText.Count(_sample.Read<ulong?>("TxDrop"));

    /// <summary>What happened to the device; empty if nothing did.</summary>
    public string Event => DisplayText.UnlessNone(_sample.Text("Event"));
}
