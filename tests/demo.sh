#!/usr/bin/env bash
# The whole story on a private network: two nodes joined by a tunnel, of which this one looks at its own. Each step
# prints the command that a user would type. demo.sh [PWSH MODULE] does it in PowerShell, without them with tunstats.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$(mktemp -d)
trap 'rm -f "$folder"/log.jsonl; rmdir "$folder" 2>/dev/null' EXIT
report=$PWD/artifacts/demo-report.html
lab=(dotnet artifacts/bin/TunStats.Lab/release/TunStats.Lab.dll --pair tailscale0)

if (($# == 2)); then
    story=("$1" -NoProfile -NonInteractive -File tests/demo.ps1 "$2" "$folder" "$report")
    all="Import-Module '$2/TunStats.psd1'; Get-TunDeviceStats -All"
    fallback=("$1" -NoProfile -NonInteractive -Command "$all")
else
    tunstats="dotnet $PWD/artifacts/bin/TunStats.Cli/release/tunstats.dll"
    story=(bash -c '
        tunstats=$1 folder=$2 report=$3
        step() {
            printf "\n# %s\n$ tunstats %s\n" "$1" "${*:2}"
            $tunstats "${@:2}"
        }
        cd "$folder"
        step "Is the tunnel dropping packets? Look twice." stats tailscale0 --rate 1s
        step "Follow it." poll tailscale0 --interval 1s --count 3
        step "Who fills it?" flows tailscale0 --duration 2 --resolve-names
        step "What kind of traffic is it?" flows tailscale0 --duration 1 --group-by class
        step "Log it." netlog tailscale0 --duration 2 --schema 2 --physical none --out log.jsonl
        printf "\n# A message in JSON\n$ cat log.jsonl\n"
        cut -c1-500 log.jsonl
        step "The same for people" netlog --read log.jsonl
        step "Make a report." report log.jsonl --out "$report" && echo "The report is $report"'
        demo "$tunstats" "$folder" "$report")
    fallback=($tunstats stats --all)
fi

unshare=()
if ((EUID == 0)) && unshare --net true 2>/dev/null; then
    unshare=(unshare --net)
elif why=$(unshare --map-root-user --net true 2>&1); then
    unshare=(unshare --map-root-user --net)
else
    echo "${why:-unshare, of util-linux, is missing.}"
fi

status=77
if ((${#unshare[@]})); then
    "${unshare[@]}" "${lab[@]}" "${story[@]}"
    status=$?
fi

if ((status == 77)); then
    echo "A tunnel in a private network namespace cannot be made here. It takes root, or user namespaces and the" \
        "right to open /dev/net/tun. These are the machine's own links:"
    "${fallback[@]}"
    status=$?
fi

exit "$status"
