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
    [string] $Configuration = 'Release'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

$root = $PSScriptRoot
$manifest = Import-PowerShellDataFile "$root/TunStats.psd1"
$moduleRoot = "$root/out/TunStats/$($manifest.ModuleVersion)"
$bin = "$root/artifacts/bin"
$flavor = $Configuration.ToLowerInvariant()

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

function Build-Help {
    # Turns docs/cmdlets into the help that Get-Help shows. Returns nothing; without PlatyPS the module has no help.
    if (-not (Find-Tool Microsoft.PowerShell.PlatyPS 1.0.0)) {
        return
    }

    $culture = New-Item "$moduleRoot/en-US" -ItemType Directory -Force
    $pages = Get-ChildItem "$root/docs/cmdlets/*.md" | Where-Object Name -NotLike 'about_*'
    $scratch = "$root/artifacts/help"
    $commands = Import-MarkdownCommandHelp -Path $pages.FullName
    $commands | Export-MamlCommandHelp -OutputFolder $scratch -Force | Out-Null
    foreach ($help in Get-ChildItem $scratch -Recurse -Filter '*-Help.xml') {
        $xml = [xml] (Get-Content $help -Raw)
        foreach ($command in $xml.DocumentElement.ChildNodes) {
            Update-CommandHelp $command ($commands | Where-Object Title -EQ $command.details.name)
        }

        $xml.Save("$culture/$($help.Name)")
    }

    foreach ($about in Get-ChildItem "$root/docs/cmdlets/about_*.md") {
        $text = (Format-Paragraph (Get-Content $about -Raw) 79) -replace '^# (\S+)', "TOPIC`n    `$1"
        Set-Content "$culture/$($about.BaseName).help.txt" ($text -replace '(?m)^#+ ', '') -NoNewline
    }
}

function Update-CommandHelp {
    # Corrects what PlatyPS makes of a page: code of examples as text, no defaults, lines as long as in the page.
    param([Xml.XmlElement] $Command, [object] $Page)

    $dev = 'http://schemas.microsoft.com/maml/dev/2004/10'
    foreach ($example in $Command.examples.example) {
        # PlatyPS separates paragraphs with U+0080. The first block of code is the example, others are what it prints.
        $text = @($example.introduction.para) -join "`n`n" -replace [char] 0x80, ''
        if ($text -match '(?s)```\w*\n(.*?)\n```(.*)') {
            $example['code', $dev].InnerText = $Matches[1]
            $para = $example.introduction.FirstChild
            $para.InnerText = [regex]::Replace(
                $Matches[2].Trim(), '(?s)```\w*\n(.*?)\n```', { $args[0].Groups[1] -replace '(?m)^', '    ' })
            $example['remarks', $dev].InnerXml = $para.OuterXml
            $null = $example.RemoveChild($example.introduction)
        }
    }

    foreach ($para in $Command.SelectNodes('.//*[local-name()="para"]')) {
        # Get-Help breaks lines within words, and indents up to 8 columns of 80.
        $para.InnerText = Format-Paragraph $para.InnerText 71
    }

    # A page of this repository is not an address that Get-Help -Online could open.
    foreach ($uri in $Command.SelectNodes('.//*[local-name()="uri"]')) {
        $uri.InnerText = $uri.InnerText -replace '^[^:]*\.md$', ''
    }

    foreach ($parameter in $Command.parameters.parameter) {
        $default = $Page.Parameters | Where-Object Name -EQ $parameter.name | ForEach-Object DefaultValue
        $element = $Command.OwnerDocument.CreateElement('dev', 'defaultValue', $dev)
        $element.InnerText = $default
        $null = $parameter.AppendChild($element)
    }
}

function Format-Paragraph {
    # Breaks paragraphs and list items anew, between words. Headings and what is indented stay as they are.
    param([string] $Text, [int] $Width)

    $joined = $Text -replace '(?m)(?<=^[^\s#].*)\n(?=[^\s#-]|-\w)', ' '
    $lines = foreach ($line in $joined -split "`n") {
        $indent = $line -match '^- ' ? '  ' : ''
        $line -match '^\s' ? $line : ($line -replace "(.{1,$Width})(?: +|$)", "`$1`n$indent").TrimEnd()
    }
    $lines -join "`n"
}

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
    # The .NET test assemblies; each ends with a line of counts.
    $lines = dotnet test "$root/TunStats.slnx" -c $Configuration --no-build 2>&1 | ForEach-Object { "$_" } |
        Tee-Object -Variable shown | ForEach-Object { Write-Host $_; $_ }
    $status = $LASTEXITCODE
    $pattern = '^\w+!\s+- Failed:\s+(?<Failed>\d+), Passed:\s+(?<Passed>\d+), Skipped:\s+(?<Skipped>\d+)'
    $seen = $false
    foreach ($line in $lines) {
        if ($line -match $pattern) {
            $seen = $true
            foreach ($key in 'Passed', 'Failed', 'Skipped') {
                $counts[$key] += [int] $Matches[$key]
            }
        }
    }

    if (-not $seen -or ($status -ne 0 -and $counts.Failed -eq 0)) {
        Write-Host "dotnet test ended with exit code $status and told no failed test; that counts as one."
        $counts.Failed++
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

function Show-Demo {
    # The main job: a tunnel that drops packets, looked at twice, and who talks through it in between.
    $lab = "$bin/TunStats.Lab/$flavor/TunStats.Lab.dll"
    $pwsh = (Get-Process -Id $PID).Path
    $look = "Import-Module '$moduleRoot/TunStats.psd1'
        Get-TunDeviceStats | Out-Host
        Get-FlowTraffic tailscale0 -Duration 1 -Classify | Out-Host
        Get-TunDeviceStats | Out-Host"
    $ways = @(, @('--net')) + @(, @('--map-root-user', '--net'))
    foreach ($way in $ways) {
        if (-not (Get-Command unshare -ErrorAction Ignore)) {
            break
        }

        $null = unshare @way true 2>&1
        if ($LASTEXITCODE -ne 0) {
            continue
        }

        unshare @way dotnet $lab tailscale0 $pwsh -NoProfile -NonInteractive -Command $look
        if ($LASTEXITCODE -ne 77) {
            exit $LASTEXITCODE
        }
    }

    "A tunnel in a private network namespace cannot be made here; these are the machine's own links."
    & $pwsh -NoProfile -NonInteractive -Command "Import-Module '$moduleRoot/TunStats.psd1'; Get-TunDeviceStats -All"
    exit $LASTEXITCODE
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

function Publish-Package {
    # The module as an archive, and the console program for this machine's kind.
    $archive = "$root/out/TunStats-$($manifest.ModuleVersion).zip"
    Compress-Archive -Path "$root/out/TunStats" -DestinationPath $archive -Force
    Invoke-Native dotnet @('publish', "$root/src/TunStats.Cli", '-c', $Configuration, '--use-current-runtime',
        '-o', "$root/out/tunstats", '-v', 'quiet')
    Get-Item $archive, "$root/out/tunstats/tunstats*" | Select-Object FullName, Length
}

switch ($Task) {
    'Clean' { Remove-Item "$root/artifacts", "$root/out" -Recurse -Force -ErrorAction Ignore }
    'Build' { Build-Module; "The module is in $moduleRoot." }
    'Docs' { Build-Module; Get-ChildItem "$moduleRoot/en-US" -ErrorAction Ignore | Select-Object FullName }
    'Test' { Build-Module; Test-Everything }
    'Demo' { Build-Module; Show-Demo }
    'Analyze' { Build-Module; if ((Test-Style) -eq $false) { exit 1 } }
    'Package' { Build-Module; Publish-Package }
    'Bench' { Build-Module; Invoke-Native bash @("$root/bench/run.sh") }
}
