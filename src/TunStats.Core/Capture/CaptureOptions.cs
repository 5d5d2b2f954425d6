using System;
using System.Collections.Generic;
using TunStats.Net;

namespace TunStats.Capture;

/// <summary>What is known about a capture beside its contents.</summary>
public sealed class CaptureOptions
{
    /// <summary>
    /// This node's addresses, which tell the direction where the capture does not; null or empty for none.
    /// </summary>
    public IReadOnlyCollection<IpAddr>? LocalAddresses { get; init; }

    /// <summary>
    /// Gives the addresses of an interface that the capture names, asked where nothing else tells the direction; it may
    /// return null.
    /// </summary>
    public Func<string, IReadOnlyCollection<IpAddr>?>? InterfaceAddresses { get; init; }

    /// <summary>Takes warnings, on the thread that reads.</summary>
    public Action<CaptureWarning>? Warn { get; init; }
}
