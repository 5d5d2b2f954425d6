namespace TunStats.IO;

/// <summary>How the namespace of a name changed.</summary>
internal enum NetworkNamespaceChange
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The name refers to another namespace now.</summary>
    Replaced,

    /// <summary>The name has no namespace any more, or that of another process with the same id.</summary>
    Gone,

    /// <summary>The name refers to a namespace again.</summary>
    Returned,
}
