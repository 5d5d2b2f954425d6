# The tests of build.ps1: every runner, and one line of counts over all.

function Test-Everything {
    # Runs every runner, then prints one line over all of them.
    $script:counts = @{ Passed = 0; Failed = 0; Skipped = 0 }
    Test-Core
    Test-Module
    switch (Test-Style) {
        $true { $counts.Passed++ }
        $false { $counts.Failed++ }
        default {
            Write-Host 'skipped: the analysis of the scripts, for there is no PSScriptAnalyzer'
            $counts.Skipped++
        }
    }

    "{0} passed, {1} failed, {2} skipped" -f $counts.Passed, $counts.Failed, $counts.Skipped
    if ($counts.Failed -gt 0 -or $counts.Passed -eq 0) {
        exit 1
    }
}

function Test-Core {
    # The .NET test assemblies on the newest runtime, then what needs neither kernel nor program on the oldest.
    dotnet test "$root/TunStats.slnx" -c $Configuration --no-build 2>&1 | Add-Count
    if ($Configuration -eq 'Release') {
        & "$root/tests/Net8/run.sh" 2>&1 |
            Add-Count -Missing 'the tests of the core on .NET 8, for the registry gave none'
    }
}

function Add-Count {
    # Shows the lines of a test run, and adds the counts at its end. Exit code 77 says that it could not begin.
    param(
        [Parameter(ValueFromPipeline)] [object] $Line,
        [string] $Missing
    )

    begin { $seen = $failed = 0 }
    process {
        Write-Host "$Line"
        if ("$Line" -match '^\w+!\s+- Failed:\s+(?<Failed>\d+), Passed:\s+(?<Passed>\d+), Skipped:\s+(?<Skipped>\d+)') {
            $seen++
            $failed += [int] $Matches.Failed
            foreach ($key in 'Passed', 'Failed', 'Skipped') {
                $counts[$key] += [int] $Matches[$key]
            }
        }
    }

    end {
        if ($Missing -and $LASTEXITCODE -eq 77) {
            Write-Host "skipped: $Missing"
            $counts.Skipped++
        } elseif (-not $seen -or ($LASTEXITCODE -ne 0 -and $failed -eq 0)) {
            Write-Host "The test run ended with exit code $LASTEXITCODE and named no failed test; that counts as one."
            $counts.Failed++
        }
    }
}

function Test-Module {
    # Pester, in a clean PowerShell that imports what was laid out.
    $tests = Get-ChildItem "$root/tests/Pester/*.Tests.ps1"
    if (-not (Find-Tool Pester 5.5.0)) {
        $left = @($tests | Select-String -Pattern "^\s*It '").Count
        Write-Host "skipped: the $left tests of tests/Pester, for there is no Pester"
        $counts.Skipped += $left
        return
    }

    $result = "$root/artifacts/pester.json"
    Remove-Item $result -ErrorAction Ignore
    $pwsh = (Get-Process -Id $PID).Path
    $runner = "$root/tests/Pester/Invoke-Tests.ps1"
    & $pwsh -NoProfile -NonInteractive -File $runner -ModulePath $moduleRoot -ResultPath $result
    if (-not (Test-Path $result)) {
        Write-Host 'Pester ended without a result; that counts as one failed test.'
        $counts.Failed++
        return
    }

    $told = Get-Content $result -Raw | ConvertFrom-Json
    foreach ($key in 'Passed', 'Failed', 'Skipped') {
        $counts[$key] += $told.$key
    }
}

function Test-Style {
    # PSScriptAnalyzer over every script and data file. Returns whether it found nothing; null where it is missing.
    if (-not (Find-Tool PSScriptAnalyzer 1.22.0)) {
        return $null
    }

    # The manifest is checked where the files that it names lie beside it.
    $scripts = Get-ChildItem $root -Recurse -Include '*.ps1', '*.psd1', '*.psm1' |
        Where-Object FullName -NotMatch '[/\\](artifacts|out|\.git)[/\\]' |
        Where-Object Name -NE 'TunStats.psd1'
    $found = @($scripts) + @(Get-Item "$moduleRoot/TunStats.psd1") |
        ForEach-Object { Invoke-ScriptAnalyzer -Path $_.FullName -Settings "$root/PSScriptAnalyzerSettings.psd1" }
    $found | Format-Table RuleName, Severity, ScriptName, Line, Message -AutoSize | Out-Host
    Write-Host "PSScriptAnalyzer looked at $(@($scripts).Count + 1) files and found $(@($found).Count) things."
    @($found).Count -eq 0
}
