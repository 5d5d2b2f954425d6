#!/usr/bin/env bash
# Writes the lists of the public API that the build compares with, after an intended change of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
output=$(mktemp)
trap 'rm -f "$output"' EXIT
for project in TunStats.Core TunStats.PowerShell; do
    list=build/TunStats.PublicApi/$project.api.txt
    before=$(cat "$list")
    : >"$list"
    # The build fails while the list is empty, and names every member.
    dotnet build "src/$project" -c Release --no-incremental -v quiet >"$output" 2>&1 || true
    if grep ': error ' "$output" | grep -v 'error TUN001: ' | sort -u >&2; then
        printf '%s\n' "$before" >"$list"
        exit 1
    fi
    sed -n 's/.*error TUN001: \(.*\) is public but not listed: .*/\1/p' "$output" | LC_ALL=C sort -u >"$list"
done
