using System;
using System.Collections.Generic;
using System.IO;
using TunStats.IO;

namespace TunStats.Net;

/// <summary>
/// The names of addresses in /etc/hosts, read again when the file changes. Invalid lines and an unreadable file are
/// ignored. Not thread-safe.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class HostsFile(string path)
{
    /// <summary>Where the file is.</summary>
    internal const string DefaultPath = "/etc/hosts";

    // Block lists are long, but not this long.
    private const long MaxLength = 64 << 20;

    private Dictionary<IpAddr, string> _names = [];
    private (DateTime Written, long Length) _read;

    /// <summary>The name of an address; null if it has none.</summary>
    internal string? Find(IpAddr address) => _names.GetValueOrDefault(address);

    /// <summary>Reads the file if it changed.</summary>
    internal void Refresh()
    {
        var file = new FileInfo(path);
        (DateTime, long) now = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
        if (now == _read)
        {
            return;
        }

        _read = now;
        _names = [];
        if (!file.Exists || file.Length > MaxLength || (file.Attributes & FileAttributes.Device) != 0)
        {
            return;
        }

        try
        {
            foreach (string line in File.ReadLines(path))
            {
                Read(line);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Names are optional: without them addresses are shown.
            _names = [];
        }
    }

    /// <summary>Reads a line: an address, its name, more names; the first line of an address wins.</summary>
    private void Read(string line)
    {
        int comment = line.IndexOf('#', StringComparison.Ordinal);
        string[] words = (comment < 0 ? line : line[..comment])
            .Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > 1 && IpAddr.TryParse(words[0], out IpAddr address))
        {
            _names.TryAdd(address, PrintableText.Escape(words[1], AddressName.MaxLength));
        }
    }
}
