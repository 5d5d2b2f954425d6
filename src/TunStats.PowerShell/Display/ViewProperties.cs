using System.ComponentModel;
using System.Management.Automation;
using TunStats.PowerShell.Conversion;

namespace TunStats.PowerShell.Display;

/// <summary>
/// The hidden properties that TunStats.Types.ps1xml adds to objects. Code instead of script, since a script in a
/// constrained session may not call methods of this assembly.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ViewProperties
{
    /// <summary>The texts of a flow's columns.</summary>
    public static FlowView Flow(PSObject flow) => new(flow);

    /// <summary>The texts of a device's columns.</summary>
    public static StatsView Stats(PSObject stats) => new(stats);

    /// <summary>The texts of a sample's columns.</summary>
    public static SampleView Sample(PSObject sample) => new(sample);

    /// <summary>The texts of a logger's columns.</summary>
    public static LoggerView Logger(PSObject logger) => new(logger);

    /// <summary>The texts of a peer's columns.</summary>
    public static PeerView Peer(PSObject peer) => new(peer);

    /// <summary>The texts of the columns of a peer's path that changed.</summary>
    public static PathChangeView PathChange(PSObject change) => new(change);

    /// <summary>The texts of a network log message.</summary>
    public static MessageView Message(PSObject message) => new(message);

    /// <summary>Errors of both directions; the sum stays at 2^64-1 instead of wrapping.</summary>
    public static ulong Errors(PSObject stats)
    {
        var reader = new PropertyReader(stats);
        ulong rx = reader.Read<ulong>("RxErrors"), tx = reader.Read<ulong>("TxErrors");
        return rx > ulong.MaxValue - tx ? ulong.MaxValue : rx + tx;
    }

    /// <summary>Packets received and dropped since the sample before; null where that is not known.</summary>
    public static object? RxDrop(PSObject sample) => Increase(sample, "RxDropped");

    /// <summary>Packets dropped before they were sent, since the sample before; null where that is not known.</summary>
    public static object? TxDrop(PSObject sample) => Increase(sample, "TxDropped");

    private static object? Increase(PSObject sample, string counter) =>
        new PropertyReader(sample).Value("Increase") is { } increase
            ? new PropertyReader(PSObject.AsPSObject(increase)).Value(counter)
            : null;
}
