namespace TunStats.Flows;

/// <summary>What connections are summed by.</summary>
public enum FlowGrouping
{
    /// <summary>Each address. A connection counts at both of its ends.</summary>
    Host,

    /// <summary>The address on the other side.</summary>
    Peer,

    /// <summary>
    /// Protocol and port of the service: of the side that did not open the connection, else the lower port.
    /// </summary>
    Port,

    /// <summary>Virtual, subnet or exit.</summary>
    Class,

    /// <summary>The IP protocol.</summary>
    Protocol,
}
