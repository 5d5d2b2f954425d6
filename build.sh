#!/usr/bin/env bash
# Finds a PowerShell for build.ps1 and hands over to it. Without one, does all that needs only the .NET SDK.
#   ./build.sh          build, then show the main job on a tunnel of its own
#   ./build.sh test     build, then run every test
#   ./build.sh package  the module as an archive and tunstats, in out/
#   ./build.sh bench    every comparison, figures in bench/results; with --check compared with those that are there
#   ./build.sh TASK     any other task of build.ps1
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
task=${1:-Demo}
options=("${@:2}")
options=("${options[@]/#--check/-Check}")
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

if ! command -v dotnet >/dev/null; then
    echo "build.sh: there is no dotnet on PATH; install the .NET 10 SDK" >&2
    exit 1
fi

new_enough='exit [int]($PSVersionTable.PSVersion -lt [version]"7.4")'
if command -v pwsh >/dev/null && pwsh -NoProfile -NonInteractive -Command "$new_enough"; then
    exec pwsh -NoProfile -File build.ps1 -Task "$task" "${options[@]}"
elif dotnet tool restore >/dev/null 2>&1 && dotnet tool run pwsh -- -NoProfile -Command "$new_enough"; then
    exec dotnet tool run pwsh -- -NoProfile -File build.ps1 -Task "$task" "${options[@]}"
fi

# The module's folder and archive, as build.ps1 makes them; its help needs PlatyPS, a PowerShell module.
package() {
    local version folder archive
    version=$(sed -n "s/^ *ModuleVersion *= *'\(.*\)'/\1/p" TunStats.psd1)
    folder=out/TunStats/$version archive=out/TunStats-$version.zip
    dotnet build src/TunStats.PowerShell -c Release -v quiet
    rm -rf out/TunStats "$archive" out/tunstats
    mkdir -p "$folder"
    cp TunStats.psd1 LICENSE CHANGELOG.md src/TunStats.PowerShell/*.ps1xml "$folder"
    cp artifacts/bin/TunStats.PowerShell/release/TunStats.{PowerShell,Core}.dll "$folder"
    if command -v zip >/dev/null; then
        (cd out && zip -qr "${archive#out/}" TunStats)
    else
        archive=out/TunStats-$version.tar.gz
        tar -C out -czf "$archive" TunStats
        echo "build.sh: there is no zip on PATH; the module is packed as $archive" >&2
    fi

    dotnet publish src/TunStats.Cli -c Release --use-current-runtime -o out/tunstats -v quiet
    echo "build.sh: the module in $archive has no help files: they need PowerShell and PlatyPS" >&2
    ls -l "$archive" out/tunstats/tunstats
}

echo "build.sh: no PowerShell: none of version 7.4 or later on PATH, and 'dotnet tool restore' brought none." \
    "Left out: the module's tests, help and analysis; the core, the package and tunstats need none." >&2
case ${task,,} in
    build) dotnet build TunStats.slnx -c Release ;;
    demo) dotnet build TunStats.slnx -c Release -v quiet && exec bash tests/demo.sh ;;
    test) exec bash tests/run-dotnet.sh ;;
    bench) exec bash bench/run.sh "${@:2}" ;;
    package) package ;;
    clean) rm -rf artifacts out ;;
    *) echo "build.sh: the task '$task' needs PowerShell" >&2 && exit 1 ;;
esac
