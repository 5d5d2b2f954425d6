<#
.SYNOPSIS
    The story of demo.sh in PowerShell, within its private network. Each step prints the command before it runs it.
#>
param([string] $Module, [string] $Folder, [string] $Report)

$ErrorActionPreference = 'Stop'
Import-Module "$Module/TunStats.psd1"
Set-Location $Folder
$steps = [ordered] @{
    'Is the tunnel dropping packets? Look twice.' = 'Get-TunDeviceStats tailscale0 -Rate 1'
    'Follow it.' = 'Start-TunStatsPoller tailscale0 1 -MaxSamples 3 | Receive-Job -Wait -AutoRemoveJob'
    'Who fills it, and what kind of traffic is it?' =
    'Get-FlowTraffic tailscale0 -Duration 2 -Classify | Tee-Object -Variable flows'
    'With names of peers and hosts' = 'Get-FlowTraffic tailscale0 -Duration 1 -ResolveNames'
    'As a network log message, in JSON' =
    '$flows | ConvertTo-NetLogMessage -SchemaVersion 2 -AsJson | Set-Content log.jsonl; Get-Content log.jsonl'
    'The same for people' = 'Get-Content log.jsonl | ConvertFrom-NetLogMessage'
    'Make a report.' = "`$flows | Export-TunReport '$Report'"
}
foreach ($step in $steps.GetEnumerator()) {
    "`n# $($step.Key)`nPS> $($step.Value)"
    . ([scriptblock]::Create($step.Value)) | Out-Host
}

"The report is $Report"
