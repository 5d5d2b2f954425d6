using System;
using System.Globalization;
using TunStats.Interop;

namespace TunStats.Capture;

/// <summary>A capture file cannot be read any further. Everything before the error has been returned.</summary>
public sealed class CaptureFormatException : TunStatsException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="kind">Why it cannot be read.</param>
    /// <param name="fileName">The file.</param>
    /// <param name="offset">
    /// Where, in bytes from the beginning (of the decompressed contents where it is gzip'd).
    /// </param>
    /// <param name="reason">What is wrong, as a sentence without the file.</param>
    /// <param name="innerException">The cause; null for none.</param>
    public CaptureFormatException(
        ErrorKind kind, string fileName, long offset, string reason, Exception? innerException = null)
        : base(
            kind,
            fileName,
            string.Create(CultureInfo.InvariantCulture, $"{fileName}: {reason} (at byte {offset})."),
            innerException)
    {
        FileName = fileName;
        Offset = offset;
        Reason = reason;
    }

    /// <summary>The file.</summary>
    public string FileName { get; }

    /// <summary>Where, in bytes from the beginning of the contents, decompressed where they are gzip'd.</summary>
    public long Offset { get; }

    /// <summary>What is wrong there.</summary>
    public string Reason { get; }
}
