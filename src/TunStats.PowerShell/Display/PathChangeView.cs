using System;
using System.ComponentModel;
using System.Management.Automation;
using TunStats.PowerShell.Conversion;

namespace TunStats.PowerShell.Display;

/// <summary>The texts of the columns of a peer's path that changed, for the format file alone.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PathChangeView
{
    private readonly PropertyReader _change;

    internal PathChangeView(PSObject change) => _change = new PropertyReader(change);

    /// <summary>The time of day.</summary>
    public string Time => DisplayText.TimeOfDay(_change.Time("Timestamp"));

    /// <summary>The previous kind of path.</summary>
    public string From => Way("PreviousPath", "PreviousVia");

    /// <summary>How long it was in use.</summary>
    public string Lasted => DisplayText.Age(_change.Read<TimeSpan?>("PreviousDuration"));

    /// <summary>Bytes of both directions over the previous path.</summary>
    public string Bytes => DisplayText.Bytes(
        _change.Read<double?>("PreviousRxBytes") + _change.Read<double?>("PreviousTxBytes"));

    /// <summary>The current kind of path.</summary>
    public string To => Way("Path", "Via");

    /// <summary>The endpoint of a direct path; what relays, with the kind of relay.</summary>
    private string Way(string path, string via) => _change.Text(path) switch
    {
        "Direct" => _change.Text(via),
        var kind => $"{kind} {_change.Text(via)}".TrimEnd(),
    };
}
