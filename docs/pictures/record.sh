#!/usr/bin/env bash
# Records what the pictures show: five minutes on the private network of the demo, as root, with tmux. Build first.
# draw.ps1 makes the pictures of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [[ ${1:-} != --inside ]]; then
    lab=artifacts/bin/TunStats.Lab/release/TunStats.Lab.dll
    exec unshare --net dotnet "$lab" --pair tailscale0 bash docs/pictures/record.sh --inside
fi

folder=$PWD/docs/pictures/recorded
tunstats="dotnet $PWD/artifacts/bin/TunStats.Cli/release/tunstats.dll"
version=$(sed -n "s/^ *ModuleVersion *= *'\(.*\)'/\1/p" TunStats.psd1)
module=$PWD/out/TunStats/$version/TunStats.psd1
screen=(tmux -L tunstats-pictures)
export LANG=C.UTF-8
trap '"${screen[@]}" kill-server 2>/dev/null || true' EXIT

rm -f "$folder"/*
"${screen[@]}" -f /dev/null new-session -d -s live -x 100 -y 18 "$tunstats top"
$tunstats poll tailscale0 --interval 5s --count 61 --json >"$folder/samples.jsonl" 2>/dev/null &
$tunstats netlog tailscale0 --interval 5s --duration 5m --schema 2 --physical none --out "$folder/log.jsonl"
"${screen[@]}" capture-pane -e -p -t live >"$folder/live.txt"
wait %1

show='Import-Module $args[0]
foreach ($line in "Get-TunDeviceStats", "Get-FlowTraffic -Name tailscale0 -Classify -Top 6") {
    "PS> $line"
    . ([scriptblock]::Create($line)) | Out-Host
}
Start-Sleep 60'
"${screen[@]}" new-session -d -s table -x 90 -y 25 pwsh -NoProfile -CommandWithArgs "$show" "$module"
sleep 15
"${screen[@]}" capture-pane -e -p -t table >"$folder/table.txt"
