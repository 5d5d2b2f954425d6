namespace TunStats.Sessions;

/// <summary>The kind of an input.</summary>
internal enum FlowInputKind
{
    /// <summary>
    /// A device, by name or wildcard, or a capture file: <c>-</c> and a text with a slash are files; else the kernel is
    /// asked for a device with this name, and if there is none, a file with this name is used.
    /// </summary>
    DeviceOrFile,

    /// <summary>A device, by name or wildcard.</summary>
    Device,

    /// <summary>The path of a capture file, or <c>-</c> for standard input.</summary>
    File,

    /// <summary>The kernel's connection tracking.</summary>
    Conntrack,
}
