#!/usr/bin/env bash
# Runs the tests that need only the .NET SDK, counts those of Pester as skipped, and ends with one line over all.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

dotnet build TunStats.slnx -c Release -v quiet || exit 1
dotnet test TunStats.slnx -c Release --no-build 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
tests/Net8/run.sh 2>&1 | tee -a "$log"
status8=${PIPESTATUS[0]} left=0
if ((status8 == 77)); then
    echo "skipped: the tests of the core on .NET 8, for the registry gave none"
    status8=0 left=1
fi

# "Passed!  - Failed:     0, Passed:   156, Skipped:     0, Total: …", a line per test assembly.
count() { sed -nE "s/^(Passed|Failed|Skipped)! .*[ -]$1: +([0-9]+),.*/\2/p" "$log" | paste -sd+ | bc_; }
bc_() { read -r sum; echo $((sum)); }
passed=$(count Passed) failed=$(count Failed) skipped=$(count Skipped)
if ((passed + failed + skipped == 0)); then
    echo "no test ran" >&2
    exit 1
fi

pester=$(cat tests/Pester/*.Tests.ps1 | grep -cE "^ *It '")
echo "skipped: the $pester tests of tests/Pester, for there is no PowerShell"
echo "$passed passed, $failed failed, $((skipped + pester + left)) skipped"
exit $((status != 0 || status8 != 0 || failed != 0))
