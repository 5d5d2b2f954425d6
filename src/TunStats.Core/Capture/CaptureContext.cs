using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Linq;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Capture;

/// <summary>The common state of all formats: file name, options, counters and errors.</summary>
internal sealed class CaptureContext(string fileName, CaptureOptions options)
{
    private const int MaxKinds = 5;

    private readonly Dictionary<int, long> _unreadable = [];

    internal LocalAddresses? Local { get; } = LocalAddresses.Create(options.LocalAddresses);

    /// <summary>Receives warnings if another thread is to report them.</summary>
    internal List<CaptureWarning>? Kept { get; set; }

    internal long PacketsRead { get; set; }

    internal long PacketsSkipped { get; set; }

    /// <summary>Packets that were dropped while the capture was made, as it says itself.</summary>
    internal ulong PacketsDropped { get; set; }

    /// <summary>Counts a frame whose contents cannot be read.</summary>
    /// <param name="type">Its Ethernet type; 0 if truncated.</param>
    internal void AddUnreadable(int type) => _unreadable[type] = _unreadable.GetValueOrDefault(type) + 1;

    /// <summary>Warns of the packets since the last call that are not counted.</summary>
    internal void WarnUncounted(long offset)
    {
        if (PacketsDropped > 0)
        {
            long dropped = (long)Math.Min(PacketsDropped, long.MaxValue);
            PacketsDropped = 0;
            Warn(
                CaptureWarningKind.Dropped,
                offset,
                $"the capture itself says that {CountText.Of(dropped, "packet was", "packets were")} dropped while it "
                + "was made; they are not counted.");
        }

        if (_unreadable.Count == 0)
        {
            return;
        }

        IEnumerable<string> kinds = _unreadable.Keys.OrderByDescending(type => _unreadable[type]).Take(MaxKinds)
            .Select(type => string.Create(
                CultureInfo.InvariantCulture,
                $"{(type == 0 ? "truncated" : $"type 0x{type:x4}")}: {_unreadable[type]}"));
        string rest = _unreadable.Count > MaxKinds ? ", ..." : "";
        long total = _unreadable.Values.Sum();
        string what = CountText.Of(total, "frame cannot be read and is", "frames cannot be read and are");
        Warn(
            CaptureWarningKind.UnreadableFrames,
            offset,
            $"{what} not counted ({string.Join(", ", kinds)}{rest}).");
        _unreadable.Clear();
    }

    /// <summary>The addresses of an interface named in the capture.</summary>
    internal LocalAddresses? AddressesOf(string interfaceName) => interfaceName.Length == 0
        ? null
        : LocalAddresses.Create(options.InterfaceAddresses?.Invoke(interfaceName));

    internal void Warn(CaptureWarningKind kind, long offset, string reason) =>
        (Kept is { } kept ? kept.Add : options.Warn)?.Invoke(
            new CaptureWarning(kind, fileName, offset, $"{fileName}: {reason}"));

    /// <summary>Reports a collected warning.</summary>
    internal void Warn(CaptureWarning warning) => options.Warn?.Invoke(warning);

    internal void WarnTruncated(long offset, string what) => Warn(
        CaptureWarningKind.Truncated,
        offset,
        $"the file ends within {what} that begins at byte {offset}; the {PacketsRead + PacketsSkipped} packets "
        + "before it were read.");

    [DoesNotReturn]
    internal void Damaged(long offset, string reason, Exception? inner = null) =>
        throw new CaptureFormatException(ErrorKind.DamagedCapture, fileName, offset, reason, inner);

    [DoesNotReturn]
    internal void NotACapture(ReadOnlySpan<byte> first, string? hint)
    {
        Span<char> text = stackalloc char[first.Length];
        for (int i = 0; i < first.Length; i++)
        {
            text[i] = first[i] is >= 0x20 and < 0x7f ? (char)first[i] : '.';
        }

        throw new CaptureFormatException(
            ErrorKind.NotACapture,
            fileName,
            0,
            $"this is neither a pcap nor a pcapng file; it begins with {Convert.ToHexString(first)} \"{text}\"{hint}");
    }

    [DoesNotReturn]
    internal void Unsupported(long offset, int linkType) => throw new CaptureFormatException(
        ErrorKind.UnsupportedLinkType,
        fileName,
        offset,
        $"packets of link type {LinkType.Describe(linkType)} cannot be read; capture on a device of IP packets or "
        + "Ethernet, or with 'tcpdump -i any'");
}
