#!/usr/bin/env bash
# The main job without PowerShell: a tunnel that drops packets, looked at twice with tunstats, and in between who talks
# through it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
lab=(dotnet artifacts/bin/TunStats.Lab/release/TunStats.Lab.dll)
tunstats="dotnet $PWD/artifacts/bin/TunStats.Cli/release/tunstats.dll"
look="$tunstats stats; echo; $tunstats flows tailscale0 --duration 1; echo; $tunstats stats"

unshare=()
if ((EUID == 0)) && unshare --net true 2>/dev/null; then
    unshare=(unshare --net)
elif unshare --map-root-user --net true 2>/dev/null; then
    unshare=(unshare --map-root-user --net)
fi

status=77
if ((${#unshare[@]})); then
    "${unshare[@]}" "${lab[@]}" tailscale0 bash -c "$look"
    status=$?
fi

if ((status == 77)); then
    echo "A tunnel in a private network namespace cannot be made here; these are the machine's own links."
    exec $tunstats stats --all
fi

exit "$status"
