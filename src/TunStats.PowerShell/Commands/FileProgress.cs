using System;
using System.Globalization;
using System.Management.Automation;
using TunStats.PowerShell.Display;

namespace TunStats.PowerShell.Commands;

/// <summary>How far a long file is read.</summary>
internal static class FileProgress
{
    private const int ActivityId = 1;

    /// <summary>Progress by bytes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="done">Bytes read.</param>
    /// <param name="length">Its length in bytes; null if it has none, as a pipe.</param>
    internal static ProgressRecord Of(string file, long done, long? length) =>
        new(ActivityId, $"Reading {file}", length is { } all
            ? string.Create(
                CultureInfo.InvariantCulture, $"{DisplayText.Bytes(done)} of {DisplayText.Bytes(all)}")
            : DisplayText.Bytes(done))
        {
            PercentComplete = length is > 0 ? (int)Math.Min(100, done * 100.0 / length.Value) : -1,
        };

    /// <summary>The end of the progress.</summary>
    internal static ProgressRecord Done(string file) =>
        new(ActivityId, $"Reading {file}", "Done") { RecordType = ProgressRecordType.Completed };
}
