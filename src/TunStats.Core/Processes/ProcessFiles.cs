using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using TunStats.Flows;
using TunStats.IO;

namespace TunStats.Processes;

/// <summary>
/// Finds the processes that hold sockets, by the files in /proc. Those of other users may be read by root alone.
/// </summary>
/// <param name="root">The directory of all processes.</param>
internal sealed class ProcessFiles(string root = "/proc")
{
    private const string SocketStart = "socket:[";

    /// <summary>Finds who holds sockets. Of several holders the oldest counts, the first process of all last.</summary>
    /// <param name="inodes">The sockets; those whose process was found are removed.</param>
    /// <param name="likely">Processes to look at first.</param>
    /// <param name="found">Called with each socket and its process.</param>
    internal void Find(HashSet<uint> inodes, IReadOnlySet<int> likely, Action<uint, FlowProcess> found)
    {
        // A manager of services keeps the sockets that it hands over.
        IEnumerable<int> ids = Directory.EnumerateDirectories(root)
            .Select(path => int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, null, out int id) ? id : 0)
            .Where(id => id > 0)
            .OrderBy(id => !likely.Contains(id))
            .ThenBy(id => id == 1)
            .ThenBy(id => id);
        foreach (int id in ids)
        {
            if (inodes.Count == 0)
            {
                return;
            }

            Find(id, inodes, found);
        }
    }

    private void Find(int id, HashSet<uint> inodes, Action<uint, FlowProcess> found)
    {
        FlowProcess process = default;
        try
        {
            foreach (string path in Directory.EnumerateFileSystemEntries(Invariant($"{root}/{id}/fd")))
            {
                if (new FileInfo(path).LinkTarget is { } target
                    && target.StartsWith(SocketStart, StringComparison.Ordinal)
                    && uint.TryParse(target.AsSpan()[SocketStart.Length..^1], NumberStyles.None, null, out uint inode)
                    && inodes.Remove(inode))
                {
                    process = process.Id is null ? new FlowProcess(id, ReadName(id)) : process;
                    found(inode, process);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or belongs to another user: its sockets stay without a process.
        }
    }

    private string ReadName(int id) =>
        PrintableText.Escape(File.ReadAllText(Invariant($"{root}/{id}/comm")).TrimEnd('\n'));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
