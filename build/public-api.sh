#!/usr/bin/env bash
# Writes the lists of the public API that the build compares with, after an intended change of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for project in TunStats.Core TunStats.PowerShell; do
    list=build/TunStats.PublicApi/$project.api.txt
    : >"$list"
    # The build fails while the list is empty, and names every member.
    { dotnet build "src/$project" -c Release --no-incremental -v quiet 2>&1 || true; } |
        sed -n "s/.*error TUN001: \(.*\) is public but not listed: .*/\1/p" | LC_ALL=C sort -u >"$list.new"
    mv "$list.new" "$list"
done
