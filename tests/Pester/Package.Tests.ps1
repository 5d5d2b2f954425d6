BeforeDiscovery {
    $noInstaller = -not (Get-Command Install-PSResource -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
}

Describe 'The package for the PowerShell Gallery' -Skip:$noInstaller {
    It 'is installed by Install-PSResource from a local folder, and works' {
        $folder = (Get-Item TestDrive:/).FullName.TrimEnd('/')
        $root = (Resolve-Path "$PSScriptRoot/../..").Path
        $bin = "$root/artifacts/bin"
        $env:SOURCE_DATE_EPOCH = '1700000000'
        try {
            dotnet "$bin/TunStats.Packager/release/TunStats.Packager.dll" $root "$folder/packages" `
                "$bin/TunStats.Cli/release/tunstats.dll" | Should -Match '\.nupkg|\.json|SHA256SUMS'
        } finally {
            Remove-Item Env:/SOURCE_DATE_EPOCH
        }

        # The folder of the user's modules is known when PowerShell starts.
        $pwsh = (Get-Process -Id $PID).Path
        $script = "`$ErrorActionPreference = 'Stop'
            Register-PSResourceRepository -Name Local -Uri '$folder/packages' -Trusted
            Install-PSResource TunStats -Repository Local
            Import-Module TunStats
            (Get-Module TunStats).ModuleBase
            (Find-PSResource TunStats -Repository Local).Type -eq 'Module'
            (Get-TunDeviceStats lo).Name"
        $null = New-Item "$folder/.local/share" -ItemType Directory
        $clean = '--unset=PSModulePath', '--unset=XDG_DATA_HOME', "HOME=$folder"
        $lines = env $clean $pwsh -NoProfile -NonInteractive -Command $script 2>&1
        $lines | Select-Object -Last 3 | Should -Be @(
            "$folder/.local/share/powershell/Modules/TunStats/$(Split-Path $env:TUNSTATS_MODULE -Leaf)", 'True', 'lo')
    }
}
