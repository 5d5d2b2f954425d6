BeforeDiscovery {
    $pictures = Get-ChildItem "$PSScriptRoot/../../docs/pictures/*.svg" | ForEach-Object { @{ Name = $_.Name } }
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"

    $docs = Resolve-Path "$PSScriptRoot/../../docs"
    $folder = (Get-Item TestDrive:/).FullName
    & "$docs/pictures/draw.ps1" $env:TUNSTATS_MODULE $folder
}

Describe 'The pictures of the README' {
    It 'are what draw.ps1 makes of the recording: <Name>' -ForEach $pictures {
        Get-Content "$folder/$Name" -Raw | Should -BeExactly (Get-Content "$docs/pictures/$Name" -Raw)
        "$docs/../README.md" | Should -FileContentMatch ([regex]::Escape("docs/pictures/$Name"))
    }
}
