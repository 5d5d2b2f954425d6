BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $noLab = -not (Test-Lab) -or -not (Get-Command nsenter -ErrorAction Ignore)
    $root = Resolve-Path "$PSScriptRoot/../.."
    $examples = foreach ($page in Get-ChildItem "$root/docs/cmdlets/*-*.md") {
        $text = Get-Content $page -Raw
        $parts = [regex]::Matches($text, '(?s)### Example \d+: ([^\n]+)\n\n```powershell\n(.*?)\n```')
        foreach ($part in $parts) {
            @{ Command = $page.BaseName; Title = $part.Groups[1].Value; Code = $part.Groups[2].Value }
        }
    }

    $recipes = foreach ($page in 'README.md', 'docs/recipes.md') {
        $text = (Get-Content "$root/$page" -Raw) -replace '(?s).*(?=\n## Ten recipes)|\n## Beside other.*'
        $title = ''
        foreach ($block in [regex]::Matches($text, '(?s)\n## ([^\n]+)|\n```(powershell|sh)\n(.*?)\n```')) {
            $title = $block.Groups[1].Success ? $block.Groups[1].Value : $title
            if ($block.Groups[2].Success) {
                # Live views have tests of their own.
                $code = $block.Groups[3].Value -replace '(?m)^(Show-TunTraffic|tunstats top) .*\n'
                @{ Title = $title; Shell = $block.Groups[2].Value; Code = $code }
            }
        }
    }

    $printed = [regex]::Matches((Get-Content "$root/README.md" -Raw), '(?s)PS> ([^\n]+)\n(.*?)(?=\nPS> |\n```)') |
        ForEach-Object { @{ Code = $_.Groups[1].Value; Text = $_.Groups[2].Value } }
    $onPage = (Get-Content "$root/docs/cmdlets/Start-TunStatsPoller.md" -Raw) -match '(?s)```\n(# HELP.*?)\n```'
    $metrics = $onPage ? $Matches[1] : ''
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"

    $module = "Import-Module '$env:TUNSTATS_MODULE/TunStats.psd1'"

    function Invoke-InShell {
        # Runs a recipe with tunstats beside the lab's device. Endless ones end soon.
        param([string] $Code)

        $code = $Code -replace ' (--interval 5s|--alert-for 30s|--duration 1m)' `
            -replace 'tunstats (flows|netlog) tailscale0', '$& --duration 0.2' `
            -replace '(?m)^tunstats poll(?!.*&$)', '$& --interval 100ms --count 3' `
            -replace 'tunstats peers tailscale0', "`$& --socket '$folder/tailscaled.sock'"
        $script = "cd '$folder'
            PATH='$folder/bin':`$PATH TOKEN=secret
            curl() {
                case `"`$*`" in
                    *api.tailscale.com*) cat api.json ;;
                    *) command curl `"`$@`" ;;
                esac
            }
            $code
            echo THE END"
        $lines = @(nsenter --net --target $lab.Id bash -euo pipefail -c $script 2>&1 | ForEach-Object { "$_" })
        $lines[-1] | Should -Be 'THE END' -Because ($lines -join "`n")
        $lines | Select-Object -SkipLast 1
    }

    function Invoke-InLab {
        # Runs an example beside the lab's device, and fails where it writes an error. Endless ones end after a window.
        param([string] $Code)

        $code = $Code -replace '\b(wg|tun)0\b(?!\.pcap)|\bwg\*', 'tailscale0' -replace '\b4711\b', "$($lab.Id)" `
            -replace '-Continuous(?: -Interval \d+)?(?: -Count \d+)?', '-Continuous -Interval 0.2 -Count 1' `
            -replace '/run/tailscale-lab/tailscaled.sock', "$folder/tailscaled.sock" `
            -replace '(?m)^Get-TunPeer tailscale0', "`$& -SocketPath '$folder/tailscaled.sock'" `
            -replace '-Duration 1m' -replace 'Get-FlowTraffic tailscale0(?!.* -Continuous)', '$& -Duration 0.5' `
            -replace '-AlertFor 30s', '' `
            -replace 'Invoke-Command -HostName \S+ (\{.*?\})',
        "Start-Job -InitializationScript { $module } `$1 | Receive-Job -Wait -AutoRemoveJob" `
            -replace '-MaxSamples 60', '-MaxSamples 2' -replace ':9101/', ':0/' `
            -replace 'Read-Host -AsSecureString', 'ConvertTo-SecureString example -AsPlainText -Force'
        $before = $code -match 'NetLogger(Route)? office' ? '$null = Start-NetLogger tailscale0 -JobName office' : ''
        $script = "`$ErrorActionPreference = 'Stop'
            `$PSStyle.OutputRendering = 'PlainText'
            $module
            function Invoke-RestMethod {
                if (`$args[0] -like 'https://api.tailscale.com/*') { Get-Content api.json | ConvertFrom-Json }
                else { Microsoft.PowerShell.Utility\Invoke-RestMethod @args }
            }
            Set-Location '$folder'
            $before
            . {
                $code
            } | Out-String -Stream -Width 100
            'THE END'"
        $pwsh = (Get-Process -Id $PID).Path
        $lines = if ($code.Contains('Show-TunTraffic')) {
            # It needs a terminal, and the key that leaves it.
            Set-Content "$folder/show.ps1" $script
            $run = "nsenter --net --target $($lab.Id) $pwsh -NoProfile -NonInteractive -File $folder/show.ps1"
            'q' | script --quiet --return --command $run /dev/null |
                ForEach-Object { ($_ -split "`e\[\?1049l")[-1].TrimEnd() }
        } else {
            nsenter --net --target $lab.Id $pwsh -NoProfile -NonInteractive -Command $script 2>&1 |
                ForEach-Object { "$_" }
        }

        $lines = @($lines)
        $lines[-1] | Should -Be 'THE END' -Because ($lines -join "`n")
        $lines | Select-Object -SkipLast 1
    }
}

Describe 'The examples of the help' -Skip:$noLab {
    BeforeAll {
        $lab = Open-Lab tailscale0
        nsenter --net --target $lab.Id ip link set lo up
        if (Get-Command nft -ErrorAction Ignore) {
            Enable-Tracking $lab
        }

        $socket = Open-Tailscale
        $folder = (Get-Item TestDrive:/).FullName.TrimEnd('/')
        Set-Content "$folder/branch-office.txt" 'subnet 192.168.7.0/24'
        $flow = [TunStats.Flows.TupleCounts] @{
            Proto = 'tcp'; Src = '100.64.0.1:1'; Dst = '192.168.7.9:2'; Start = '2026-01-02'; End = '2026-01-03'
            TxBytes = 5; Class = 'Subnet'
        }
        $json = $flow | ConvertTo-NetLogMessage -AsJson
        Set-Content "$folder/log.jsonl" $json
        $gzip = [IO.Compression.GZipStream]::new(
            [IO.File]::Create("$folder/flows.jsonl.gz"), [IO.Compression.CompressionMode]::Compress)
        $gzip.Write([Text.Encoding]::UTF8.GetBytes($json))
        $gzip.Dispose()
        # A pcap file of raw IP packets with one UDP packet from 10.8.0.1 to 10.8.0.2.
        $header = 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 101, 0, 0, 0
        $packet = 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 8, 0, 1, 10, 8, 0, 2, 0, 53, 0, 53, 0, 8, 0, 0
        $bytes = [byte[]] ($header + @(0, 0, 0, 80, 0, 0, 0, 0, 28, 0, 0, 0, 28, 0, 0, 0) + $packet)
        foreach ($name in 'trace.pcap', 'wg0.pcapng') {
            [IO.File]::WriteAllBytes("$folder/$name", $bytes)
        }

        foreach ($name in 'monday.pcap', 'tuesday.pcap') {
            Copy-Item "$folder/trace.pcap" "$folder/$name"
        }

        Copy-Item "$folder/log.jsonl" "$folder/flows.jsonl"
        $logs = Get-Content "$PSScriptRoot/../TunStats.Core.Tests/Vectors/tailscaled/netlog-bulk.jsonl" |
            Where-Object { $_ -match '"virtualTraffic"' }
        Set-Content "$folder/api.json" "{`"logs`":[$($logs -join ',')]}"
        $program = Resolve-Path "$PSScriptRoot/../../artifacts/bin/TunStats.Cli/release/tunstats.dll"
        $null = New-Item "$folder/bin" -ItemType Directory
        Set-Content "$folder/bin/tunstats" "#!/bin/sh`nexec dotnet '$program' `"`$@`""
        chmod +x "$folder/bin/tunstats"
    }

    AfterAll {
        Close-PeerSocket $socket
        Close-Lab $lab
    }

    It '<Command>: <Title>' -ForEach $examples {
        if ($Code.Contains('-Conntrack') -and -not (Get-Command nft -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'connection tracking is started by nft, which is not there'
        }

        $null = Invoke-InLab $Code
    }

    It 'recipe in <Shell>: <Title>' -ForEach $recipes {
        $needs = [regex]::Matches($Code, '\b(jq|curl)\b') | Select-Object -ExpandProperty Value -Unique
        $missing = $needs | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) }
        if ($missing) {
            Set-ItResult -Skipped -Because "$missing is not there"
        }

        $lines = $Shell -eq 'sh' ? (Invoke-InShell $Code) : (Invoke-InLab $Code)
        if ($Code -notmatch 'Export-TunReport report.html|tunstats (netlog|report)|--exec-on-drop') {
            ($lines -join '').Trim() | Should -Not -BeNullOrEmpty -Because $Code
        }

        foreach ($column in [regex]::Matches($Code, '(?m)^Get-NetLogger \| Select-Object (.+)$')) {
            # A property that does not exist is a column without a value.
            foreach ($property in $column.Groups[1].Value -split ', ') {
                [TunStats.Logging.NetLoggerStatus].GetProperty($property) |
                    Should -Not -BeNullOrEmpty -Because $property
            }
        }
    }

    It 'prints the metrics that the page of Start-TunStatsPoller prints' -ForEach @{ Metrics = $metrics } {
        $Metrics | Should -Not -BeNullOrEmpty
        $lines = Invoke-InLab "`$job = Start-TunStatsPoller tailscale0 -MetricsEndpoint http://127.0.0.1:9101/
            while (-not (`$job.HasMoreData)) { [Threading.Thread]::Sleep(10) }
            Invoke-RestMethod `$job.MetricsUrl"
        foreach ($line in $Metrics -split "`n") {
            $pattern = '^' + ([regex]::Escape($line) -replace '\d+$', '\d+') + '$'
            @($lines) -match $pattern | Should -Not -BeNullOrEmpty -Because $line
        }
    }

    It 'prints what the README prints: <Code>' -ForEach $printed {
        $lines = @(Invoke-InLab $Code) | Where-Object { $_.Trim() }
        $want = $Text -split "`n" | Where-Object { $_.Trim() }
        foreach ($line in $want | Where-Object { $_ -notmatch '\d' }) {
            # Widths of columns may differ with the width of the screen; names and order of columns may not.
            $words = -split $line | ForEach-Object { [regex]::Escape($_) -replace '-{2,}', '-+' }
            @($lines) -match "^\s*$($words -join ' +')\s*$" |
                Should -Not -BeNullOrEmpty -Because "$line is in:`n$($lines -join "`n")"
        }
    }
}
