namespace TunStats.Export;

/// <summary>How IPFIX messages travel.</summary>
internal enum IpfixTransport
{
    /// <summary>UDP: what the network or the collector drops is lost.</summary>
    Udp,

    /// <summary>TCP: resent until the collector's kernel acknowledges it.</summary>
    Tcp,

    /// <summary>TLS over TCP.</summary>
    Tls,
}
