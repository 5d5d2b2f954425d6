namespace TunStats.NetLog;

/// <summary>The schema of a message.</summary>
internal enum NetLogSchema
{
    /// <summary>As in 2022: times and four lists; protocol and both ends of an entry always written.</summary>
    V1 = 1,

    /// <summary>As today: node id first, then times, nodes and four lists; what is zero or empty left out.</summary>
    V2 = 2,
}
