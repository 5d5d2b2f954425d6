#Requires -Version 7.4
<#
.SYNOPSIS
    What TunStats costs in a running PowerShell, next to a binary module that does nothing.
.DESCRIPTION
    Prints a line for each figure: name, figure, goal, verdict, with tabs between them.
#>
[CmdletBinding()]
param(
    # The manifest of TunStats as it was laid out: out/TunStats/<version>/TunStats.psd1.
    [Parameter(Mandatory)]
    [string] $ModulePath,

    # The manifest of bench/EmptyModule, built.
    [Parameter(Mandatory)]
    [string] $EmptyModulePath,

    # The program that makes captures, built of bench/limits/makecap.c; objects are not measured without it.
    [string] $MakeCapture,

    # How often each import is measured, each time in a PowerShell of its own.
    [int] $Imports = 15
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ModulePath = (Resolve-Path -LiteralPath $ModulePath).ProviderPath
$EmptyModulePath = (Resolve-Path -LiteralPath $EmptyModulePath).ProviderPath
$pwsh = (Get-Process -Id $PID).Path

function Get-Median {
    param([double[]] $Value)

    $sorted = @($Value | Sort-Object)
    $sorted[[int][Math]::Floor($sorted.Count / 2)]
}

function Measure-Import {
    # The milliseconds that one import takes in a PowerShell that has imported another binary module before.
    param([string] $Path)

    $script = "`$clock = [Diagnostics.Stopwatch]::StartNew(); Import-Module '$Path'; `$clock.Elapsed.TotalMilliseconds"
    $first = '$ErrorActionPreference = "Stop"; Import-Module Microsoft.PowerShell.Utility;'
    [double] (& $pwsh -NoProfile -NonInteractive -Command "$first $script")
    if ($LASTEXITCODE -ne 0) {
        throw "$Path cannot be imported."
    }
}

function Write-Figure {
    param([string] $Name, [string] $Figure, [string] $Goal, [bool] $Met)

    "{0}`t{1}`t{2}`t{3}" -f $Name, $Figure, $Goal, $(if ($Met) { 'met' } else { 'missed' })
}

$own = [Collections.Generic.List[double]]::new()
$empty = [Collections.Generic.List[double]]::new()
for ($i = 0; $i -lt $Imports; $i++) {
    $own.Add((Measure-Import $ModulePath))
    $empty.Add((Measure-Import $EmptyModulePath))
}

$a = Get-Median $own
$b = Get-Median $empty
Write-Figure 'module: Import-Module' ('{0:0.0} ms over an empty one ({1:0.0} and {2:0.0} ms)' -f ($a - $b), $a, $b) `
    '<= 40 ms over an empty one' ($a - $b -le 40)

Import-Module $ModulePath, $EmptyModulePath
$rounds = 200
$ownTime = { for ($i = 0; $i -lt $rounds; $i++) { $null = Get-TunDeviceStats lo } }
$emptyTime = { for ($i = 0; $i -lt $rounds; $i++) { $null = Get-Nothing } }
$own.Clear()
$empty.Clear()
for ($turn = -10; $turn -lt 41; $turn++) {
    foreach ($pair in @(, @($own, $ownTime)) + @(, @($empty, $emptyTime))) {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        & $pair[1]
        if ($turn -ge 0) {
            $pair[0].Add($clock.Elapsed.TotalMicroseconds / $rounds)
        }
    }
}

$a = Get-Median $own
$b = Get-Median $empty
Write-Figure 'module: Get-TunDeviceStats lo, warm' ('{0:0.00} x ({1:0.0} us, empty {2:0.0} us)' -f ($a / $b), $a, $b) `
    '<= 3 x an empty C# cmdlet' ($a / $b -le 3)

if (-not $MakeCapture -or -not (Test-Path -LiteralPath $MakeCapture)) {
    "module: 1,000,000 TupleCounts`tthere is no program that makes captures`t`tskipped"
    return
}

# Reading is the same with -Top 1, which hands out one object.
$capture = Join-Path ([IO.Path]::GetTempPath()) "tunstats-bench-$PID.pcap"
try {
    & $MakeCapture $capture 8000000 1000000 uniform
    $read = @{ LiteralPath = $capture; LocalAddress = '100.64.0.1' }
    $count = (Get-FlowTraffic @read | Measure-Object).Count
    $steps = [ordered] @{
        All   = { Get-FlowTraffic @read | Out-Null }
        Read  = { Get-FlowTraffic @read -Top 1 | Out-Null }
        Empty = { Get-NothingMany $count | Out-Null }
    }
    $times = @{ All = @(); Read = @(); Empty = @() }
    for ($turn = -1; $turn -lt 5; $turn++) {
        foreach ($step in $steps.Keys) {
            [GC]::Collect()
            $clock = [Diagnostics.Stopwatch]::StartNew()
            & $steps[$step]
            if ($turn -ge 0) {
                $times[$step] += $clock.Elapsed.TotalMilliseconds
            }
        }
    }
}
finally {
    Remove-Item -LiteralPath $capture -ErrorAction Ignore
}

$a = (Get-Median $times.All) - (Get-Median $times.Read)
$b = Get-Median $times.Empty
$figure = '{0:0.00} x ({1:0} ms, empty {2:0} ms, {3} objects)' -f ($a / $b), $a, $b, $count
Write-Figure 'module: 1,000,000 TupleCounts to Out-Null' $figure '<= 1.3 x empty objects' ($a / $b -le 1.3)
