namespace TunStats.Sessions;

/// <summary>What an input of a session is.</summary>
public enum FlowInputKind
{
    /// <summary>
    /// A device, by name or wildcard, or a capture file: a text with a slash and <c>-</c> are files, else the kernel is
    /// asked for a device of that name, and where there is none a file of that name is taken.
    /// </summary>
    DeviceOrFile,

    /// <summary>A device, by name or wildcard.</summary>
    Device,

    /// <summary>The path of a capture file, or <c>-</c> for standard input.</summary>
    File,

    /// <summary>The kernel's connection tracking.</summary>
    Conntrack,
}
