#!/usr/bin/env bash
# Builds and runs every comparison and prints a table: what is measured, the figure, the goal, met or missed. What this
# machine lacks is named as skipped. An argument keeps only the lines whose name holds it: bench/run.sh poll
# A run of all lines leaves them in bench/results, with the machine and the date. With --check that file stays as it is,
# and the run fails where a ratio is worse than there by more than a fifth.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
check=
if [[ ${1:-} == --check ]]; then
    check=yes
    shift
fi

only=${1:-}
results=bench/results/figures.tsv
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

# Ratios alone: other figures are of the machine. A goal of ">=" says that more is better.
compare() {
    awk -F '\t' '
        function ratio(text) { return text ~ /^[0-9.]+ x / ? text + 0 : -1 }
        /^#/ { next }
        NR == FNR { before[$1] = ratio($2); next }
        $1 in before && before[$1] > 0 && (now = ratio($2)) >= 0 {
            compared++
            better = $3 ~ /^>=/ ? now / before[$1] : before[$1] / (now > 0 ? now : 0.001)
            if (better < 0.8) {
                fallen++
                printf "%s: %s, it was %.2f x\n", $1, $2, before[$1]
            }
        }
        END {
            printf "bench: %d ratios compared, %d worse by more than a fifth\n", compared, fallen
            exit fallen > 0 || compared == 0
        }' "$results" "$1"
}

if [[ -n $check ]]; then
    compare "$bin/figures.tsv"
elif [[ -z $only ]]; then
    mkdir -p "${results%/*}"
    {
        printf '# %s, %s, %d processors, Linux %s, .NET %s\n' "$(date -u +%F)" \
            "$(sed -n 's/^model name[[:blank:]]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
            "$(dotnet --list-runtimes | sed -nE 's/^Microsoft\.NETCore\.App ([^ ]*) .*/\1/p' | tail -n 1)"
        cat "$bin/figures.tsv"
    } >"$results"
    echo "bench: written to $results"
fi
