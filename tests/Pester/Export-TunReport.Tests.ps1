BeforeAll {
    . "$PSScriptRoot/Common.ps1"

    $folder = (Get-Item TestDrive:/).FullName.TrimEnd('/')
    $flow = [TunStats.Flows.TupleCounts] @{
        Proto = 'TCP'; Src = '100.64.0.1:5000'; Dst = '100.64.0.2:443'; TxBytes = 1024; RxBytes = 2048
        Start = '2026-01-02T03:00:00Z'; End = '2026-01-02T03:01:00Z'; Class = 'Virtual'
    }
    $sample = [pscustomobject] @{
        Name = 'wg0'; Timestamp = [datetime] '2026-01-02T03:00:30Z'; Elapsed = [timespan] '00:00:15'
        Increase = @{ TxBytes = 1; RxBytes = 2; TxDropped = 7; RxDropped = 0; TxErrors = 0; RxErrors = 0 }
    }
}

Describe 'Export-TunReport' {
    It 'writes flows, messages and samples into one file, and nothing to the pipeline' {
        $message = $flow | ConvertTo-NetLogMessage -WarningAction Ignore
        $flow, $message, $sample | Export-TunReport "$folder/a.html" -Title 'Büro <1>' | Should -BeNullOrEmpty
        $html = Get-Content "$folder/a.html" -Raw
        $html | Should -Match '<title>Büro &lt;1&gt;</title>'
        $html | Should -Match 'title="6,144 bytes">6.00 KiB'
        $html | Should -Match '100\.64\.0\.2:443'
        $html | Should -Match '<bdi>wg0</bdi>'
        $html | Should -Not -Match 'https?:'
    }

    It 'takes what came back from a job' {
        $back = [Management.Automation.PSSerializer]::Deserialize(
            [Management.Automation.PSSerializer]::Serialize($flow))
        $json = $sample | ConvertTo-Json | ConvertFrom-Json
        $back, $json | Export-TunReport "$folder/back.html" -ErrorAction Stop
        Get-Content "$folder/back.html" -Raw | Should -Match '100\.64\.0\.2:443.*'
    }

    It 'counts what is given twice once, and says so' {
        $line = $flow | ConvertTo-NetLogMessage -AsJson -WarningAction Ignore
        "{`"logger`":`"a`",`"sequence`":1,`"message`":$line}" | Set-Content "$folder/e.jsonl"
        $line | Set-Content "$folder/plain.jsonl"
        $messages = Get-Content "$folder/e.jsonl" | ConvertFrom-NetLogMessage
        @($messages) + $sample + $sample | Export-TunReport "$folder/twice.html" -WarningVariable warned `
            -LogPath "$folder/e.jsonl", "$folder/plain.jsonl", "$folder/plain.jsonl" -WarningAction Ignore
        $warned | Should -HaveCount 3
        $warned[0].Message | Should -BeLike "'*plain.jsonl' is given twice*"
        $warned[1].Message | Should -BeLike '1 message *'
        $warned[2].Message | Should -BeLike '1 sample *'
        Get-Content "$folder/twice.html" -Raw | Should -Match 'title="6,144 bytes">6.00 KiB'
    }

    It 'skips alerts and changes of paths, also from a file' {
        $alert = Start-TunStatsPoller lo -MaxSamples 1 -AlertWhen { $true } |
            Receive-Job -Wait -AutoRemoveJob | Select-Object -Last 1
        $copy = [Management.Automation.PSSerializer]::Deserialize(
            [Management.Automation.PSSerializer]::Serialize($alert))
        $change = [TunStats.Peers.PeerPathChange]::new()
        $sample, $alert, $copy, $change, ($change | ConvertTo-Json | ConvertFrom-Json) |
            Export-TunReport "$folder/events.html" -ErrorAction Stop
        "$folder/events.html" | Should -Exist
    }

    It 'says once that CSV holds no counters, and counts other errors' {
        $quiet = @{ ErrorAction = 'SilentlyContinue'; WarningAction = 'Ignore' }
        $rows = $sample, $sample, $sample | ConvertTo-Csv | ConvertFrom-Csv
        $rows | Export-TunReport "$folder/csv.html" -ErrorVariable errors @quiet
        $errors.Exception.Message | Should -BeLike 'Samples from CSV have no counters*Export-Clixml*'
        1..9 | Export-TunReport "$folder/csv.html" -ErrorVariable errors @quiet
        $errors | Should -HaveCount 6
        $errors[5].Exception.Message | Should -BeLike '*4 further errors are not shown.'
    }

    It 'refuses samples that have lost their increase in CSV' {
        { $sample | ConvertTo-Csv | ConvertFrom-Csv | Export-TunReport "$folder/csv.html" -ErrorAction Stop } |
            Should -Throw -ErrorId 'NotReportable,*'
    }

    It 'reads logs by wildcard, and goes on after an error' {
        $flow | ConvertTo-NetLogMessage -AsJson -WarningAction Ignore | Set-Content "$folder/1.jsonl"
        'nonsense', (Get-Content "$folder/1.jsonl") | Set-Content "$folder/2.jsonl"
        $file = Export-TunReport "$folder/logs.html" -LogPath "$folder/?.jsonl" -PassThru -ErrorVariable errors `
            -ErrorAction SilentlyContinue
        $file.FullName | Should -Be "$folder/logs.html"
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'InvalidNetLogMessage,*'
        Get-Content $file -Raw | Should -Match 'title="6,144 bytes">6.00 KiB'
    }

    It 'refuses <Id>' -ForEach @(
        @{ Id = 'FileExists'; With = { $flow | Export-TunReport "$folder/there" -NoClobber } }
        @{ Id = 'NotAReport'; With = { $flow | Export-TunReport "$folder/there" } }
        @{ Id = 'NotAReport'; With = { Export-TunReport "$folder/there" -LogPath "$folder/there" } }
        @{ Id = 'FileNotWritable'; With = { $flow | Export-TunReport "$folder/none/a.html" } }
        @{ Id = 'FileNotWritable'; With = { $flow | Export-TunReport $folder } }
        @{ Id = 'NotReportable'; With = { 'text' | Export-TunReport "$folder/b.html" -WarningAction Ignore } }
        @{ Id = 'NotAFilePath'; With = { $flow | Export-TunReport 'env:x' } }
    ) {
        Set-Content "$folder/there" 'kept'
        $caught = try { & $With 2>&1 } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $caught.CategoryInfo.Category | Should -Not -Be 'NotSpecified'
        Get-Content "$folder/there" | Should -Be 'kept'
    }

    It 'shows the start of an object that it does not take' {
        [pscustomobject] @{ Text = 'x' * 5000 } | Export-TunReport "$folder/b.html" -WarningAction Ignore `
            -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].Exception.Message.Length | Should -BeLessThan 500
    }

    It 'refuses <What> with one error that says what to do' -ForEach @(
        @{ What = 'text'; Hint = '*ConvertFrom-NetLogMessage*-LogPath*'; Make = { 'a', 'b', ('x' * 5000) } }
        @{
            What = 'groups'
            Hint = '*Leave -GroupBy out*'
            Make = {
                Save-Capture "$folder/a.pcap" @(, (Get-Packet (10, 0, 0, 1) 53 (10, 0, 0, 2) 1000 100))
                Get-FlowTraffic -Path "$folder/a.pcap" -GroupBy Host
            }
        }
    ) {
        $objects = @(& $Make)
        $objects.Count | Should -BeGreaterThan 1
        $objects | Export-TunReport "$folder/b.html" -WarningAction Ignore -ErrorVariable errors `
            -ErrorAction SilentlyContinue
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'NotReportable,*'
        "$($errors[0])" | Should -BeLike $Hint
        "$($errors[0])".Length | Should -BeLessThan 200
    }

    It 'reports five errors of a log, and the number of the others' {
        1..20 | ForEach-Object { "<tr><td>$_</td>" } | Set-Content "$folder/page.jsonl"
        Export-TunReport "$folder/page.html" -LogPath "$folder/page.jsonl" -WarningAction Ignore `
            -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors | Should -HaveCount 6
        "$($errors[5])" | Should -BeLike '*page.jsonl: 15 further errors are not shown.'
    }

    It 'replaces a report, also behind a link' {
        $flow | Export-TunReport "$folder/old.html" -Title First
        New-Item -ItemType SymbolicLink "$folder/link.html" -Target "$folder/old.html" | Out-Null
        $flow | Export-TunReport "$folder/link.html" -Title Second -ErrorAction Stop
        (Get-Item "$folder/link.html").LinkType | Should -Be 'SymbolicLink'
        Get-Content "$folder/old.html" -Raw | Should -Match '<title>Second</title>'
    }

    It 'writes nothing of nothing, and nothing with -WhatIf' {
        @() | Export-TunReport "$folder/no.html" -WarningVariable warnings -WarningAction Ignore
        $warnings | Should -BeLike '*no report was written*'
        $flow | Export-TunReport "$folder/no.html" -WhatIf
        "$folder/no.html" | Should -Not -Exist
    }
}
