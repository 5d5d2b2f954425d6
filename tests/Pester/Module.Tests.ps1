BeforeDiscovery {
    $help = Test-Path "$env:TUNSTATS_MODULE/en-US/TunStats.PowerShell.dll-Help.xml"
    . "$PSScriptRoot/Common.ps1"
    $commands = (Get-Command -Module TunStats).Name
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
}

Describe 'The module' {
    It 'has a valid manifest' {
        $manifest = Test-ModuleManifest "$env:TUNSTATS_MODULE/TunStats.psd1"
        $manifest.Version | Should -Be (Split-Path $env:TUNSTATS_MODULE -Leaf)
    }

    It 'exports what its manifest says, and nothing else' {
        $said = (Import-PowerShellDataFile "$env:TUNSTATS_MODULE/TunStats.psd1").CmdletsToExport
        (Get-Command -Module TunStats).Name | Sort-Object | Should -Be ($said | Sort-Object)
    }

    It 'ships its own two assemblies and no other' {
        (Get-ChildItem $env:TUNSTATS_MODULE -Filter *.dll).Name | Sort-Object |
            Should -Be 'TunStats.Core.dll', 'TunStats.PowerShell.dll'
    }

    It 'opens no socket and starts no thread at import' {
        $script = "`$f = @(Get-ChildItem /proc/`$PID/fd | Where-Object LinkTarget -like 'socket:*').Count
            Import-Module $env:TUNSTATS_MODULE/TunStats.psd1
            @(Get-ChildItem /proc/`$PID/fd | Where-Object LinkTarget -like 'socket:*').Count - `$f"
        Invoke-CleanPwsh $script | Should -Be 0
    }

    It 'can be removed and imported again' {
        $script = "Import-Module $env:TUNSTATS_MODULE/TunStats.psd1; Remove-Module TunStats
            Import-Module $env:TUNSTATS_MODULE/TunStats.psd1; (Get-TunDeviceStats lo).Name"
        Invoke-CleanPwsh $script | Should -Be 'lo'
    }
}

Describe 'The help of <_>' -ForEach $commands -Skip:(-not $help) {
    BeforeAll {
        $command = Get-Command $_
        $page = Get-Help $_ -Full
    }

    It 'has a synopsis, a description and examples' {
        $page.Synopsis | Should -Not -BeNullOrEmpty
        $page.Synopsis | Should -Not -BeLike "$command*"
        $page.Synopsis | Should -Not -Match '\n' -Because 'it is one line of a table of commands'
        ($page.description | Out-String).Trim() | Should -Not -BeNullOrEmpty
        @($page.examples.example) | Should -Not -BeNullOrEmpty
        Get-Help $command -Examples | Out-String | Should -Not -Match '```'
    }

    It 'has lines that fit 80 columns, whole words, and the code of each example' {
        $lines = ($page | Out-String -Width 200) -replace '(?s)\nSYNTAX.*?\nDESCRIPTION' -split "`n"
        $code = foreach ($example in $page.examples.example) {
            $example.code | Should -Not -BeNullOrEmpty
            $example.code -split "`n"
        }
        $lines | ForEach-Object Trim | Where-Object { $_.Length -gt 72 -and $_ -notin $code } |
            Where-Object { $_ -notmatch '^(Default value|Aliases|---|#|This cmdlet supports)' } | Should -BeNullOrEmpty
        $lines -join '' | Should -Not -Match ([char] 0x80)
    }

    It 'tells the default of every parameter as its page does' {
        $text = Get-Content "$PSScriptRoot/../../docs/cmdlets/$command.md" -Raw
        foreach ($parameter in $page.parameters.parameter) {
            $said = [regex]::Match($text, "(?s)\n### -$($parameter.name)\n.*?\nDefaultValue: ([^\n]*)").Groups[1].Value
            $parameter.defaultValue | Should -Be $said -Because $parameter.name
        }
    }

    It 'tells of every parameter' {
        $common = [Management.Automation.PSCmdlet]::CommonParameters
        $common += [Management.Automation.PSCmdlet]::OptionalCommonParameters
        foreach ($parameter in $command.Parameters.Keys | Where-Object { $_ -notin $common }) {
            $told = $page.parameters.parameter | Where-Object name -EQ $parameter
            ($told.description | Out-String).Trim() | Should -Not -BeNullOrEmpty -Because $parameter
        }
    }

    It 'tells of no parameter that is not there' {
        $page.parameters.parameter.name | Where-Object { $_ -notin $command.Parameters.Keys } | Should -BeNullOrEmpty
        $sets = $command.ParameterSets.Count
        @($page.syntax.syntaxItem).Count | Should -Be $sets
    }
}

Describe '<_>' -Skip:(-not $help) -ForEach about_TunStats, about_TunStats_Permissions, about_TunStats_Fleet {
    It 'is found' {
        $text = Get-Help $_ | Out-String
        $text | Should -Match 'SHORT DESCRIPTION'
        $text -split "`n" | Where-Object Length -GT 80 | Should -BeNullOrEmpty
    }
}
