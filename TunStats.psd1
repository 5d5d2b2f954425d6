@{
    RootModule           = 'TunStats.PowerShell.dll'
    ModuleVersion        = '0.2.0'
    GUID                 = '6f0f3b0a-3d0e-4d0b-9a52-3f5c1f6f8a41'
    Author               = 'The TunStats authors'
    CompanyName          = 'The TunStats authors'
    Copyright            = '(c) The TunStats authors. BSD-3-Clause.'
    Description          = 'Tunnel device statistics, connections and network log messages of Linux as typed objects.'
    CompatiblePSEditions = @('Core')
    PowerShellVersion    = '7.4'
    # The types file names enums of the core: they have to be there before it is read.
    RequiredAssemblies   = @('TunStats.Core.dll')
    FormatsToProcess     = @('TunStats.Format.ps1xml')
    TypesToProcess       = @('TunStats.Types.ps1xml')
    CmdletsToExport      = @(
        'ConvertFrom-NetLogMessage'
        'ConvertTo-NetLogMessage'
        'Export-TunReport'
        'Get-FlowRoute'
        'Get-FlowTraffic'
        'Get-NetLogger'
        'Get-TunDeviceStats'
        'Get-TunPeer'
        'Set-NetLoggerRoute'
        'Show-TunTraffic'
        'Start-NetLogger'
        'Start-TunStatsPoller'
        'Test-FlowRoute'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    PrivateData          = @{
        PSData = @{
            Tags       = @('Linux', 'Tunnel', 'WireGuard', 'Tailscale', 'OpenVPN', 'Netlink', 'Statistics', 'Flow')
            LicenseUri = 'https://opensource.org/license/bsd-3-clause'
        }
    }
}
