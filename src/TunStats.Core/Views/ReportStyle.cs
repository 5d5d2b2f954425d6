using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace TunStats.Views;

/// <summary>
/// The style and the one script of a report. The page's policy names them by their hashes: nothing else is applied,
/// run or loaded.
/// </summary>
internal sealed class ReportStyle
{
    /// <summary>The style.</summary>
    internal string Css { get; } = Read("report.css");

    /// <summary>Sorts tables; the report is complete without it.</summary>
    internal string Script { get; } = Read("report.js");

    /// <summary>The policy of the page.</summary>
    internal string Policy =>
        $"default-src 'none'; style-src '{Hash(Css)}'; script-src '{Hash(Script)}'; base-uri 'none'; "
        + "form-action 'none'";

    private static string Read(string name)
    {
        using Stream resource = typeof(ReportStyle).Assembly.GetManifestResourceStream($"TunStats.Views.{name}")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }

    private static string Hash(string text) =>
        $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
}
