using System;
using System.Management.Automation;

namespace TunStats.PowerShell;

/// <summary>Refuses to load where nothing would work. Does nothing else, so that the import stays cheap.</summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    /// <inheritdoc/>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public void OnImport()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException(
                "TunStats runs on Linux only: it reads counters and packets from the Linux kernel. "
                + $"This is {Environment.OSVersion.Platform}; use it over a remote session to a Linux machine.");
        }
    }
}
