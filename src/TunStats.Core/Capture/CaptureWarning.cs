namespace TunStats.Capture;

/// <summary>A warning about a capture file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="FileName">The file.</param>
/// <param name="Offset">Where, in bytes from the beginning of the contents, decompressed where they are gzip'd.</param>
/// <param name="Message">The whole text for the user.</param>
internal sealed record CaptureWarning(CaptureWarningKind Kind, string FileName, long Offset, string Message);
