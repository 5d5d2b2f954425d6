using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace TunStats.Packager;

/// <summary>A binary package of Debian, deb(5).</summary>
internal static class DebianPackage
{
    private const string Maintainer = "The TunStats authors <tunstats@lists.invalid>";

    // The program needs no position that changes: see docs/decisions/program-start.md.
    private const string Overrides = """
        # Data at a fixed address are read page by page; else all of them are relocated before each start.
        tunstats: hardening-no-pie [usr/bin/tunstats]
        # So the program needs libc alone, and runs on hosts without zlib.
        tunstats: embedded-library zlib [usr/bin/tunstats]
        # A package from outside of Debian closes no bug of Debian's.
        tunstats: initial-upload-closes-no-bugs [usr/share/doc/tunstats/changelog.Debian.gz:1]

        """;

    private const string Configure = """
        #!/bin/sh
        set -e
        if [ "$1" = configure ]; then
            adduser --quiet --system --group --no-create-home --home /nonexistent tunstats
        fi
        if [ -d /run/systemd/system ]; then
            systemctl --system daemon-reload >/dev/null || true
        fi

        """;

    private const string BeforeRemoval = """
        #!/bin/sh
        set -e
        if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
            deb-systemd-invoke stop 'tunstats-poll@*.service' 'tunstats-netlog@*.service' >/dev/null || true
        fi

        """;

    private const string Removal = """
        #!/bin/sh
        set -e
        if [ "$1" = purge ]; then
            rm -rf /var/log/tunstats
            if command -v deluser >/dev/null; then
                deluser --quiet --system tunstats >/dev/null || true
            fi
        fi
        if [ -d /run/systemd/system ]; then
            systemctl --system daemon-reload >/dev/null || true
        fi

        """;

    internal static byte[] Make(
        List<PackedFile> files, string architecture, ModuleManifest manifest, string licence, DateTimeOffset time)
    {
        string version = $"{manifest.Version}-1";
        string date = time.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        files.Add(PackedFile.Compressed(
            "usr/share/doc/tunstats/changelog.Debian.gz",
            $"tunstats ({version}) unstable; urgency=medium\n\n  * Release {manifest.Version}; see changelog.gz.\n\n"
            + $" -- {Maintainer}  {date}\n"));
        files.Add(PackedFile.Text("usr/share/doc/tunstats/copyright", Copyright(licence)));
        files.Add(PackedFile.Text("usr/share/lintian/overrides/tunstats", Overrides));
        PackedFile program = files.Single(f => f.IsProgram);
        long size = files.Sum(f => (f.Content.Length + 1023L) / 1024) + 40;
        string control = $"""
            Package: tunstats
            Version: {version}
            Architecture: {architecture}
            Maintainer: {Maintainer}
            Installed-Size: {size}
            Depends: adduser, libc6 (>= {LibcVersion(program.Content)})
            Suggests: libssl3
            Section: net
            Priority: optional
            Description: statistics, connections and logs of tunnel devices
             tunstats reads the counters of tunnel devices (Tailscale, WireGuard, OpenVPN,
             any TUN device) from the kernel, counts the traffic of every connection,
             classifies it as virtual, subnet or exit traffic, and writes network log
             messages, metrics for Prometheus and HTML reports.
             .
             Units for systemd run it as a service with a user of its own.

            """;
        PackedFile[] parts =
        [
            PackedFile.Text("control", control),
            PackedFile.Text("md5sums", Sums(files)),
            PackedFile.Text("postinst", Configure, isProgram: true),
            PackedFile.Text("postrm", Removal, isProgram: true),
            PackedFile.Text("prerm", BeforeRemoval, isProgram: true),
        ];
        return Archives.Ar(
            [
                PackedFile.Text("debian-binary", "2.0\n"),
                new PackedFile("control.tar.gz", Archives.Tar(parts, "./", time)),
                new PackedFile("data.tar.gz", Archives.Tar(files, "./", time)),
            ],
            time);
    }

    /// <summary>The newest version of the C library that a symbol of the program asks for.</summary>
    private static string LibcVersion(byte[] program) => Regex
        .Matches(Encoding.Latin1.GetString(program), @"GLIBC_(\d+\.\d+)\0")
        .Select(m => Version.Parse(m.Groups[1].Value))
        .DefaultIfEmpty(new Version(2, 17))
        .Max()!
        .ToString();

    // dpkg's own list of sums is MD5, against damage and not against forgery.
#pragma warning disable CA5351
    private static string Sums(IEnumerable<PackedFile> files) => string.Concat(files
        .OrderBy(f => f.Path, StringComparer.Ordinal)
        .Select(f => $"{Convert.ToHexString(MD5.HashData(f.Content)).ToLowerInvariant()}  {f.Path}\n"));
#pragma warning restore CA5351

    private static string Copyright(string licence)
    {
        string[] lines = licence.Trim().Split('\n');
        string holder = lines.First(l => l.StartsWith("Copyright", StringComparison.Ordinal))
            .Replace("Copyright (c) ", "", StringComparison.OrdinalIgnoreCase);
        string text = string.Join('\n', lines
            .SkipWhile(l => !l.StartsWith("Redistribution", StringComparison.Ordinal))
            .Select(l => l.Length == 0 ? " ." : $" {l}"));
        return "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: TunStats\n\n"
            + $"Files: *\nCopyright: {holder}\nLicense: BSD-3-clause\n{text}\n";
    }
}
