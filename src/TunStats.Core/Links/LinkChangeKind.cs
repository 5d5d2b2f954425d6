namespace TunStats.Links;

/// <summary>How a device of a namespace changed.</summary>
internal enum LinkChangeKind
{
    /// <summary>It was created, or moved here from another namespace.</summary>
    Added,

    /// <summary>It was removed.</summary>
    Removed,

    /// <summary>It moved to another namespace.</summary>
    Moved,

    /// <summary>It was renamed.</summary>
    Renamed,

    /// <summary>Its alternative names changed.</summary>
    AlternativeNamesChanged,
}
