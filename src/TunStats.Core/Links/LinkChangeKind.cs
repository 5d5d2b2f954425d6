namespace TunStats.Links;

/// <summary>What happened to a device of a namespace.</summary>
public enum LinkChangeKind
{
    /// <summary>It was made, or came from another namespace.</summary>
    Added,

    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>It went to another namespace.</summary>
    Moved,

    /// <summary>It has another name.</summary>
    Renamed,

    /// <summary>It has other alternative names.</summary>
    AlternativeNamesChanged,
}
