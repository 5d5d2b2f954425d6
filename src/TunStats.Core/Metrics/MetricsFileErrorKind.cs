namespace TunStats.Metrics;

/// <summary>Why a metrics file cannot be written.</summary>
public enum MetricsFileErrorKind
{
    /// <summary>The text is no path of a file.</summary>
    InvalidPath,

    /// <summary>Its directory does not exist.</summary>
    DirectoryMissing,

    /// <summary>Its directory may not be written to.</summary>
    NotWritable,

    /// <summary>The path is a directory's.</summary>
    IsDirectory,

    /// <summary>Something that is not a metrics file of this program is at the path.</summary>
    NotAMetricsFile,

    /// <summary>The file system failed otherwise, which the message tells.</summary>
    Failed,
}
