using System;
using System.Text;

namespace TunStats.Polling;

/// <summary>Label values as both text formats want them.</summary>
internal static class MetricsLabel
{
    /// <summary>The UTF-8 bytes of a value between quotes: backslash, quote and line feed are escaped.</summary>
    internal static byte[] Escape(string value) => Encoding.UTF8.GetBytes(value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal));
}
