#!/usr/bin/env bash
# Builds and runs every comparison and prints a table: what is measured, the figure, the goal, met or missed. What this
# machine lacks is named as skipped. An argument keeps only the lines whose name holds it: bench/run.sh poll
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
only=${1:-}
bin=artifacts/bench
module=("$PWD"/out/TunStats/*/TunStats.psd1)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

mkdir -p "$bin/limits"
if command -v cc >/dev/null; then
    for source in bench/limits/*.c; do
        cc -std=gnu11 -O2 -Wall -Wextra -pthread -o "$bin/limits/$(basename "$source" .c)" "$source"
    done
else
    echo "bench: there is no cc, so there is no limit to compare with" >&2
fi

for project in bench/TunStats.Bench bench/EmptyModule; do
    dotnet build "$project" -c Release -v quiet
done
dotnet publish src/TunStats.Cli -c Release --use-current-runtime -o "$bin/tunstats" -v quiet
dotnet publish bench/TunStats.Soak -c Release --use-current-runtime -o "$bin/soak" -v quiet

measure() {
    artifacts/bin/TunStats.Bench/release/TunStats.Bench ratios "$only"
    if [[ -n $only && module != *"$only"* ]]; then
        return
    elif ! command -v pwsh >/dev/null; then
        printf 'module\tthere is no pwsh on PATH\t\tskipped\n'
    elif [[ ! -f ${module[0]} ]]; then
        printf 'module\tthe module is not laid out (build.ps1 does it)\t\tskipped\n'
    else
        pwsh -NoProfile -NonInteractive -File bench/module.ps1 \
            -ModulePath "${module[0]}" -MakeCapture "$PWD/$bin/limits/makecap" \
            -EmptyModulePath "$PWD"/artifacts/bin/EmptyModule/release/EmptyModule.psd1
    fi
}

echo
measure | tee "$bin/figures.tsv" | awk -F '\t' '
    function line(a, b, c, d) { printf "%-52s  %-42s  %-30s  %s\n", a, b, c, d }
    NR == 1 { line("WHAT", "MEASURED", "GOAL", "VERDICT") }
    { line($1, $2, $3, $4); fflush() }'
