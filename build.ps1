#Requires -Version 7.4
<#
.SYNOPSIS
    Builds, tests, documents, checks, packs and shows TunStats.
.DESCRIPTION
    The module is laid out in out/TunStats/<version>/ as users get it; tests import that.
    Pester, PlatyPS and PSScriptAnalyzer come from the PowerShell Gallery where they are missing and it can be reached.
    A missing one is named, and what it would have done is counted as skipped.
.EXAMPLE
    ./build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    # What to do. Each task does first what it stands on.
    [ValidateSet('Build', 'Test', 'Demo', 'Docs', 'Analyze', 'Package', 'Bench', 'Clean')]
    [string] $Task = 'Build',

    # The build configuration of the .NET projects.
    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    # With Bench: compare with the figures in bench/results instead of writing them there. With Package: build all
    # packages once more in another folder, and compare them.
    [switch] $Check
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

$root = $PSScriptRoot
$manifest = Import-PowerShellDataFile "$root/TunStats.psd1"
$moduleRoot = "$root/out/TunStats/$($manifest.ModuleVersion)"
$bin = "$root/artifacts/bin"
$flavor = $Configuration.ToLowerInvariant()

. $PSScriptRoot/build/Help.ps1
. $PSScriptRoot/build/Test.ps1

function Invoke-Native {
    # Runs a program and ends the build where it fails.
    param([string] $Program, [string[]] $ArgumentList)

    & $Program @ArgumentList
    if ($LASTEXITCODE -ne 0) {
        throw "$Program $($ArgumentList -join ' ') ended with exit code $LASTEXITCODE."
    }
}

function Find-Tool {
    # Imports a module that the build uses, from the Gallery where it is missing. Returns whether it is there.
    param([string] $Name, [version] $MinimumVersion)

    $wanted = @{ Name = $Name; ListAvailable = $true }
    $there = Get-Module @wanted | Where-Object Version -GE $MinimumVersion
    if (-not $there -and (Get-Command Install-PSResource -ErrorAction Ignore)) {
        try {
            Install-PSResource -Name $Name -Version "[$MinimumVersion, )" -TrustRepository -Quiet
            $there = Get-Module @wanted | Where-Object Version -GE $MinimumVersion
        } catch {
            Write-Warning "The PowerShell Gallery did not give ${Name}: $($_.Exception.Message)"
        }
    }

    if (-not $there) {
        Write-Warning "$Name $MinimumVersion or later is missing: what it does is left out."
        return $false
    }

    Import-Module $Name -MinimumVersion $MinimumVersion -Verbose:$false
    $true
}

function Build-Module {
    # Compiles everything and lays the module out.
    Invoke-Native dotnet @('build', "$root/TunStats.slnx", '-c', $Configuration, '-v', 'quiet')
    if (Test-Path $moduleRoot) {
        Remove-Item $moduleRoot -Recurse -Force
    }

    $null = New-Item $moduleRoot -ItemType Directory
    $source = "$bin/TunStats.PowerShell/$flavor"
    Copy-Item "$root/TunStats.psd1", "$root/LICENSE", "$root/CHANGELOG.md" $moduleRoot
    Copy-Item "$source/TunStats.PowerShell.dll", "$source/TunStats.Core.dll" $moduleRoot
    Copy-Item "$root/src/TunStats.PowerShell/*.ps1xml" $moduleRoot
    Build-Help
}

function Show-Demo {
    # The whole story on a private network: drops, samples, connections, classes, a log, a report.
    bash "$root/tests/demo.sh" (Get-Process -Id $PID).Path $moduleRoot
    exit $LASTEXITCODE
}

switch ($Task) {
    'Clean' { Remove-Item "$root/artifacts", "$root/out" -Recurse -Force -ErrorAction Ignore }
    'Build' { Build-Module; "The module is in $moduleRoot." }
    'Docs' { Build-Module; Get-ChildItem "$moduleRoot/en-US" -ErrorAction Ignore | Select-Object FullName }
    'Test' { Build-Module; Test-Everything }
    'Demo' { Build-Module; Show-Demo }
    'Analyze' { Build-Module; if ((Test-Style) -eq $false) { exit 1 } }
    'Package' { Build-Module; Invoke-Native bash (@("$root/build/package.sh") + @('--check') * $Check.IsPresent) }
    'Bench' { Build-Module; Invoke-Native bash (@("$root/bench/run.sh") + @('--check') * $Check.IsPresent) }
}
