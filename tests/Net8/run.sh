#!/usr/bin/env bash
# Runs the core's tests on .NET 8, the oldest runtime that the module promises: those on bytes and fakes. What needs the
# live kernel, the program or much time runs on the newest runtime alone. Exit code 77: there is no .NET 8 to be had.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD/artifacts/net8
if [[ ! -x $root/dotnet ]]; then
    rm -rf "$root" && mkdir -p "$root/host/fxr" "$root/shared/Microsoft.NETCore.App"
    if ! dotnet publish tests/Net8 -c Release --use-current-runtime -o "$root/files" -v quiet >"$root/log" 2>&1; then
        tail -n 3 "$root/log" >&2
        exit 77
    fi

    version=$(sed -nE 's/.*"version": "([0-9.]+)".*/\1/p' "$root/files/Net8.runtimeconfig.json")
    mkdir "$root/host/fxr/$version"
    cp "$root/files/libhostfxr.so" "$root/host/fxr/$version"
    mv "$root/files/Net8.deps.json" "$root/files/Microsoft.NETCore.App.deps.json"
    mv "$root/files" "$root/shared/Microsoft.NETCore.App/$version"
    cp "$(readlink -f "$(dotnet --list-runtimes | sed -nE 's/^Microsoft\.NETCore\.App .*\[(.*)\]$/\1/p' |
        tail -n 1)/../../dotnet")" "$root/dotnet"
fi

slow='FullyQualifiedName!~.Live&FullyQualifiedName!~Fuzz&FullyQualifiedName!~.Cli.&FullyQualifiedName!~.House.'
export TUNSTATS_RUNTIME=8
exec dotnet test artifacts/bin/TunStats.Core.Tests/release/TunStats.Core.Tests.dll --filter "$slow" \
    -- "RunConfiguration.DotNetHostPath=$root/dotnet"
