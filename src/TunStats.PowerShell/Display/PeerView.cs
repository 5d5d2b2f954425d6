using System;
using System.ComponentModel;
using System.Management.Automation;
using TunStats.PowerShell.Conversion;

namespace TunStats.PowerShell.Display;

/// <summary>The texts of a peer's columns, for the format file alone.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PeerView
{
    private readonly PropertyReader _peer;

    internal PeerView(PSObject peer) => _peer = new PropertyReader(peer);

    /// <summary>Bytes received.</summary>
    public string Rx => DisplayText.Bytes(_peer.Read<double?>("RxBytes"));

    /// <summary>Bytes sent.</summary>
    public string Tx => DisplayText.Bytes(_peer.Read<double?>("TxBytes"));

    /// <summary>How long ago the last handshake was.</summary>
    public string HandshakeAge => DisplayText.Age(_peer.Read<TimeSpan?>("HandshakeAge"));
}
