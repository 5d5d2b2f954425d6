using System;
using System.Collections.Generic;
using TunStats.Net;

namespace TunStats.Capture;

/// <summary>Options for reading a capture.</summary>
internal sealed class CaptureOptions
{
    /// <summary>
    /// This node's addresses, which give the direction where the capture does not; null or empty for none.
    /// </summary>
    public IReadOnlyCollection<IpAddr>? LocalAddresses { get; init; }

    /// <summary>
    /// Returns the addresses of an interface named in the capture, used if nothing else gives the direction; may return
    /// null.
    /// </summary>
    public Func<string, IReadOnlyCollection<IpAddr>?>? InterfaceAddresses { get; init; }

    /// <summary>Receives warnings, on the reading thread.</summary>
    public Action<CaptureWarning>? Warn { get; init; }
}
