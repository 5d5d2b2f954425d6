using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;

namespace TunStats.Packager;

/// <summary>Archives whose bytes depend on their files and one time alone.</summary>
internal static class Archives
{
    private const UnixFileMode Data =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Program =
        Data | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>A tar archive of root's files, with their directories, compressed by gzip.</summary>
    internal static byte[] Tar(IEnumerable<PackedFile> files, string prefix, DateTimeOffset time)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            var directories = new HashSet<string>(StringComparer.Ordinal);
            foreach (PackedFile file in files.OrderBy(f => f.Path, StringComparer.Ordinal))
            {
                string path = prefix + file.Path;
                for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0;
                    slash = path.IndexOf('/', slash + 1))
                {
                    if (directories.Add(path[..(slash + 1)]))
                    {
                        Write(tar, new UstarTarEntry(TarEntryType.Directory, path[..(slash + 1)]), Program, time);
                    }
                }

                using var content = new MemoryStream(file.Content);
                var entry = new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = content };
                Write(tar, entry, file.IsProgram ? Program : Data, time);
            }
        }

        return PackedFile.Compress(bytes.ToArray());
    }

    /// <summary>A zip archive. Its format has no time before 1980 and no time zone: UTC is used.</summary>
    internal static byte[] Zip(IEnumerable<PackedFile> files, DateTimeOffset time)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (PackedFile file in files.OrderBy(f => f.Path, StringComparer.Ordinal))
            {
                ZipArchiveEntry entry = zip.CreateEntry(file.Path, CompressionLevel.SmallestSize);
                entry.LastWriteTime = time.ToUniversalTime();
                entry.ExternalAttributes = ((int)Data | 0x8000) << 16;
                using Stream content = entry.Open();
                content.Write(file.Content);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>The outer archive of a Debian package, ar(5).</summary>
    internal static byte[] Ar(IEnumerable<PackedFile> files, DateTimeOffset time)
    {
        using var bytes = new MemoryStream();
        bytes.Write("!<arch>\n"u8);
        foreach (PackedFile file in files)
        {
            long seconds = time.ToUnixTimeSeconds();
            string header = $"{file.Path,-16}{seconds,-12}{0,-6}{0,-6}{"100644",-8}{file.Content.Length,-10}`\n";
            bytes.Write(Encoding.ASCII.GetBytes(header));
            bytes.Write(file.Content);
            if (file.Content.Length % 2 == 1)
            {
                bytes.WriteByte((byte)'\n');
            }
        }

        return bytes.ToArray();
    }

    private static void Write(TarWriter tar, UstarTarEntry entry, UnixFileMode mode, DateTimeOffset time)
    {
        entry.Mode = mode;
        entry.ModificationTime = time;
        entry.Uid = entry.Gid = 0;
        entry.UserName = entry.GroupName = "root";
        tar.WriteEntry(entry);
    }
}
