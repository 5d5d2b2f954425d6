#!/usr/bin/env bash
# Finds a PowerShell for build.ps1 and hands over to it. Without one, does all that needs only the .NET SDK.
#   ./build.sh          build, then show the main job on a tunnel of its own
#   ./build.sh test     build, then run every test
#   ./build.sh package  the packages of the module and of tunstats, in out/packages; with --check built twice, compared
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

# The module's folder as build.ps1 makes it, but for its help, which needs PlatyPS, a PowerShell module.
package() {
    local folder
    folder=out/TunStats/$(sed -n "s/^ *ModuleVersion *= *'\(.*\)'/\1/p" TunStats.psd1)
    for project in src/TunStats.PowerShell src/TunStats.Cli build/TunStats.Packager; do
        dotnet build $project -c Release -v quiet
    done
    rm -rf out/TunStats
    mkdir -p "$folder"
    cp TunStats.psd1 LICENSE CHANGELOG.md src/TunStats.PowerShell/*.ps1xml "$folder"
    cp artifacts/bin/TunStats.PowerShell/release/TunStats.{PowerShell,Core}.dll "$folder"
    bash build/package.sh "$@"
    echo "build.sh: the module has no help files: they need PowerShell and PlatyPS" >&2
}

echo "build.sh: no PowerShell: none of version 7.4 or later on PATH, and 'dotnet tool restore' brought none." \
    "Left out: the module's tests, help and analysis; the core, the package and tunstats need none." >&2
case ${task,,} in
    build) dotnet build TunStats.slnx -c Release ;;
    demo) dotnet build TunStats.slnx -c Release -v quiet && exec bash tests/demo.sh ;;
    test) exec bash tests/run-dotnet.sh ;;
    bench) exec bash bench/run.sh "${@:2}" ;;
    package) package "${@:2}" ;;
    clean) rm -rf artifacts out ;;
    *) echo "build.sh: the task '$task' needs PowerShell" >&2 && exit 1 ;;
esac
