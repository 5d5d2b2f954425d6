using System.ComponentModel;
using System.Management.Automation;
using TunStats.PowerShell.Conversion;

namespace TunStats.PowerShell.Display;

/// <summary>The texts of a device's columns, for the format file alone.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class StatsView
{
    private readonly PropertyReader _stats;

    internal StatsView(PSObject stats) => _stats = new PropertyReader(stats);

    /// <summary>Bytes received.</summary>
    public string Rx => DisplayText.Bytes(_stats.Read<double?>("RxBytes"));

    /// <summary>Bytes sent.</summary>
    public string Tx => DisplayText.Bytes(_stats.Read<double?>("TxBytes"));

    /// <summary>Packets received.</summary>
    public string RxPkts => Count("RxPackets");

    /// <summary>Packets sent.</summary>
    public string TxPkts => Count("TxPackets");

    /// <summary>Errors of both directions.</summary>
    public string Errors => DisplayText.Count(_stats.Read<ulong?>("Errors"));

    /// <summary>Packets received and dropped.</summary>
    public string RxDrop => Count("RxDropped");

    /// <summary>Packets dropped before they were sent.</summary>
    public string TxDrop => Count("TxDropped");

    /// <summary>Packets that the queueing discipline dropped; empty if there is none.</summary>
    public string QdiscDrops => Count("QdiscDrops");

    /// <summary>Bytes that wait in the queueing discipline; empty if there is none.</summary>
    public string QdiscBacklog => DisplayText.Bytes(_stats.Read<double?>("QdiscBacklogBytes"));

    /// <summary>When the counters were read.</summary>
    public string Timestamp => DisplayText.Time(_stats.Time("Timestamp"));

    private string Count(string name) => DisplayText.Count(_stats.Read<ulong?>(name));
}
