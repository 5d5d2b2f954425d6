namespace TunStats.IO;

/// <summary>What became of the namespace that a name stands for.</summary>
public enum NetworkNamespaceChange
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The name stands for another namespace now.</summary>
    Replaced,

    /// <summary>The name has no namespace any more, or that of another process with the same id.</summary>
    Gone,

    /// <summary>The name stands for a namespace again.</summary>
    Returned,
}
