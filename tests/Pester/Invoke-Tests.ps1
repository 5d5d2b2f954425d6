<#
.SYNOPSIS
    Runs the module's tests against a laid-out module and writes the counts as JSON.
#>
[CmdletBinding()]
param(
    # The folder of the module as users get it.
    [Parameter(Mandatory)] [string] $ModulePath,

    # Where the counts go.
    [Parameter(Mandatory)] [string] $ResultPath,

    # Runs only the tests of files whose names match.
    [string] $Filter = '*'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.5.0
$env:TUNSTATS_MODULE = $ModulePath

$configuration = New-PesterConfiguration
$configuration.Run.Path = @(Get-ChildItem "$PSScriptRoot/$Filter.Tests.ps1").FullName
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.RenderMode = 'Plaintext'
$run = Invoke-Pester -Configuration $configuration

foreach ($test in $run.Skipped) {
    "skipped: $($test.ExpandedPath)" | Out-Host
}

# A container that could not be read holds tests that did not run: each counts as a failure.
@{
    Passed  = $run.PassedCount
    Failed  = $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount
    Skipped = $run.SkippedCount + $run.NotRunCount
} | ConvertTo-Json | Set-Content $ResultPath
