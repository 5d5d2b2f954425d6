namespace TunStats.Flows;

/// <summary>How connections are grouped.</summary>
public enum FlowGrouping
{
    /// <summary>By address. A connection counts at both ends.</summary>
    Host,

    /// <summary>By the address on the other side.</summary>
    Peer,

    /// <summary>
    /// By protocol and port of the service: the port of the side that did not open the connection, else the lower port.
    /// </summary>
    Port,

    /// <summary>By class: virtual, subnet or exit.</summary>
    Class,

    /// <summary>By IP protocol.</summary>
    Protocol,
}
