@{
    RootModule           = 'EmptyModule.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '0c9a3f0e-2f43-4d0a-8d3e-5d0f6f1f2b77'
    Author               = 'The TunStats authors'
    CompatiblePSEditions = @('Core')
    PowerShellVersion    = '7.4'
    CmdletsToExport      = @('Get-Nothing', 'Get-NothingMany')
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
}
