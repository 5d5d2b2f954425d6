using System;
using System.IO;
using System.Text;

namespace TunStats.Metrics;

/// <summary>Label values, as both text formats write them.</summary>
internal static class MetricsLabel
{
    /// <summary>The UTF-8 bytes of labels without the braces, such as <c>kind="tun",index="7"</c>.</summary>
    internal static byte[] Pairs(params (string Name, string Value)[] labels)
    {
        using var bytes = new MemoryStream();
        foreach ((string name, string value) in labels)
        {
            bytes.Write(Encoding.UTF8.GetBytes(bytes.Length == 0 ? $"{name}=\"" : $",{name}=\""));
            bytes.Write(Escape(value));
            bytes.WriteByte((byte)'"');
        }

        return bytes.ToArray();
    }

    /// <summary>
    /// The value of the label <c>device</c> and, if a namespace was named, its label: devices of two namespaces may
    /// have the same name.
    /// </summary>
    internal static byte[] Device(string name, string? networkNamespace) => networkNamespace is null
        ? Escape(name)
        : [.. Escape(name), .. "\",namespace=\""u8, .. Escape(networkNamespace)];

    /// <summary>The UTF-8 bytes of a value between quotes: backslash, quote and line feed are escaped.</summary>
    internal static byte[] Escape(string value) => Encoding.UTF8.GetBytes(value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal));
}
