#!/usr/bin/env bash
# The figures of the README's comparison: CPU seconds and memory of tunstats and of programs that do part of its work,
# side by side on this machine. Wants root, cc and the native program (build.sh package). What is missing is named.
#   iproute2 bmon iftop softflowd nfdump prometheus-node-exporter curl tmux
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tunstats=${TUNSTATS:-$PWD/out/tunstats/tunstats}
seconds=${SECONDS_EACH:-30}
if [[ ${1:-} != --inside ]]; then
    lab=artifacts/bin/TunStats.Lab/release/TunStats.Lab.dll
    exec unshare --net dotnet "$lab" --pair tailscale0 bash bench/peers.sh --inside
fi

scratch=$(mktemp -d)
screen=(tmux -L tunstats-peers -f /dev/null)
trap '"${screen[@]}" kill-server 2>/dev/null || true; rm -r "$scratch"' EXIT
ip link set lo up

line() { printf '%-34s %-40s %s\n' "$1" "$2" "$3"; }

# CPU seconds of a command, children included, and its largest memory.
cost() {
    local result
    result=$({ TIMEFORMAT='%U %S'; time "$@" >/dev/null 2>"$scratch/error"; } 2>&1) ||
        { cat "$scratch/error" >&2; false; }
    awk '{ printf "%.2f s CPU", $1 + $2 }' <<<"$result"
}

# CPU seconds so far, and the largest memory, of a running program.
used() { awk '{ print ($14 + $15) / 100 }' "/proc/$1/stat"; }
memory() { awk '/VmHWM/ { printf "%.0f MiB", $2 / 1024 }' "/proc/$1/status"; }

# A program that runs for a while, and is asked each second where there is an address.
share() {
    local id=$1 address=${2:-} before
    before=$(used "$id")
    for ((i = 0; i < seconds; i++)); do
        [[ -z $address ]] || curl -s -o /dev/null "$address"
        sleep 1
    done
    awk -v a="$before" -v b="$(used "$id")" -v s="$seconds" 'BEGIN { printf "%.2f %% of a core", 100 * (b - a) / s }'
    printf ', %s' "$(memory "$id")"
}

daemon() {
    local what=$1 name=$2 address=$3
    shift 3
    command -v "$1" >/dev/null || { line "$what" "$name" 'missing'; return; }
    "$@" >/dev/null 2>&1 &
    local id=$!
    sleep 3
    line "$what" "$name" "$(share "$id" "$address")"
    kill "$id"
    wait "$id" 2>/dev/null || true
}

view() {
    command -v "$1" >/dev/null || { line 'live view' "$1" 'missing'; return; }
    "${screen[@]}" new-session -d -s view -x 120 -y 30 "exec $*"
    sleep 3
    line 'live view' "$*" "$(share "$("${screen[@]}" list-panes -t view -F '#{pane_pid}')")"
    "${screen[@]}" kill-session -t view
}

hundred() { for ((n = 0; n < 100; n++)); do "$@"; done; }
line 'counters, 100 calls' 'ip -s link show tailscale0' "$(cost hundred ip -s link show tailscale0)"
line 'counters, 100 calls' 'tunstats stats tailscale0' "$(cost hundred "$tunstats" stats tailscale0)"

daemon 'scraped each second' node_exporter http://127.0.0.1:9100/metrics \
    prometheus-node-exporter --web.listen-address=127.0.0.1:9100
daemon 'scraped each second' 'node_exporter, netdev alone' http://127.0.0.1:9100/metrics \
    prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults --collector.netdev
daemon 'scraped each second' 'tunstats poll --interval 1s' http://127.0.0.1:9101/metrics \
    "$tunstats" poll tailscale0 --interval 1s --metrics-listen 127.0.0.1:9101

view bmon -p tailscale0
view iftop -n -i tailscale0
PATH=$(dirname "$tunstats"):$PATH view tunstats top tailscale0

daemon 'flows of the device' 'softflowd' '' \
    softflowd -d -i tailscale0 -n 127.0.0.1:9995 -c "$scratch/ctl" -p "$scratch/pid"
daemon 'flows of the device' 'tunstats flows --json' '' "$tunstats" flows tailscale0 --interval 5s --json

cc -O2 -o "$scratch/makecap" bench/limits/makecap.c
"$scratch/makecap" "$scratch/capture" 5000000 100000 zipf
line '5,000,000 packets of a file' 'tunstats flows --top 10' "$(cost "$tunstats" flows "$scratch/capture" --top 10)"
if command -v softflowd >/dev/null && command -v nfcapd >/dev/null; then
    mkdir "$scratch/nf"
    nfcapd -w "$scratch/nf" -p 9996 -b 127.0.0.1 -B 8000000 >/dev/null 2>&1 &
    sleep 1
    file=$(cost softflowd -r "$scratch/capture" -n 127.0.0.1:9996 -v 9 -m 200000)
    sleep 2
    stored=$(used $!)
    kill $!
    wait $! 2>/dev/null || true
    report=$(cost nfdump -R "$scratch/nf" -s record/bytes -n 10)
    line '5,000,000 packets of a file' 'softflowd, nfcapd, nfdump' "$file, $stored s CPU, $report"
    packets=$(nfdump -R "$scratch/nf" -s proto/packets 2>/dev/null |
        sed -n 's/^Summary:.*total packets: *\([^,]*\),.*/\1/p')
    line '' 'packets that nfdump has' "${packets:-unknown}"
fi
