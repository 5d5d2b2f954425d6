#!/usr/bin/env bash
# Packs the module in out/TunStats and tunstats into out/packages: for this machine's processor, and for arm64 where a
# cross linker is. What is left out is named. SOURCE_DATE_EPOCH, by default the commit's time, is the time of all files.
# With --check it builds the packages of the last commit once more, in another folder, and compares them. That takes as
# long again as the first time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
bin=artifacts/bin programs=()
check=${1:-}
if [[ -n $check && -n $(git status --porcelain) ]]; then
    echo "package: --check compares with a clone: commit your changes first" >&2
    exit 1
fi

rm -rf out/packages out/tunstats out/tunstats-arm64

case $(uname -m) in
    x86_64) own=x64 ;;
    aarch64) own=arm64 ;;
    *) own= ;;
esac
dotnet publish src/TunStats.Cli -c Release --use-current-runtime -o out/tunstats -v quiet
if [[ -z $own || -e out/tunstats/tunstats.dll ]]; then
    echo "left out: the packages of tunstats: it is not native here; install clang or gcc" >&2
else
    programs+=("$own=out/tunstats/tunstats")
fi

if [[ $own == x64 ]]; then
    cross=aarch64-linux-gnu
    if ! command -v $cross-gcc >/dev/null; then
        echo "left out: tunstats for arm64: there is no $cross-gcc on PATH" >&2
    elif dotnet publish src/TunStats.Cli -c Release -r linux-arm64 -o out/tunstats-arm64 -v quiet \
        -p:CppCompilerAndLinker=$cross-gcc -p:ObjCopyName=$cross-objcopy; then
        programs+=("arm64=out/tunstats-arm64/tunstats")
    else
        echo "left out: tunstats for arm64: see above; it needs the .NET runtime pack and zlib1g-dev:arm64" >&2
    fi
fi

dotnet $bin/TunStats.Packager/release/TunStats.Packager.dll . out/packages $bin/TunStats.Cli/release/tunstats.dll \
    "${programs[@]}"

if [[ -n $check ]]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    git clone --quiet . "$scratch/another/folder"
    (cd "$scratch/another/folder" && ./build.sh package >"$scratch/log" 2>&1) || { cat "$scratch/log" >&2; exit 1; }
    diff out/packages/SHA256SUMS "$scratch/another/folder/out/packages/SHA256SUMS" ||
        { echo "package: a second build in another folder gave other bytes" >&2; exit 1; }
    echo "A second build in another folder gave the same bytes."
fi
