BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $noLab = -not (Test-Lab)
    $noTerminal = $noLab -or -not (Get-Command script -ErrorAction Ignore)
    $noConntrack = $noLab -or -not (Get-Command nft -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"

    $folder = (Get-Item TestDrive:/).FullName.TrimEnd('/')
    $here = [byte[]] (10, 0, 0, 1)
    $there = [byte[]] (10, 0, 0, 2)
    $web = [byte[]] (192, 168, 7, 9)
    Save-Capture "$folder/a.pcap" @(
        , (Get-Packet $here 53 $there 1000 100)
        , (Get-Packet $there 1000 $here 53 300)
        , (Get-Packet $here 53 $web 2000 60)
        , (Get-Packet $here 53 $there 1000 100)
    )
    [IO.File]::WriteAllBytes("$folder/empty.pcap", [byte[]]::new(0))
    $whole = [IO.File]::ReadAllBytes("$folder/a.pcap")
    [IO.File]::WriteAllBytes("$folder/cut.pcap", $whole[0..($whole.Length - 11)])
    Save-Capture "$folder/odd.pcap" @(, (Get-Packet $here 53 $there 1 60)) -LinkType 230
    Set-Content "$folder/text.pcap" 'no capture at all, just some text'
}

Describe 'Get-FlowTraffic' {
    Context 'capture files' {
        It 'counts connections both ways, seen from the local address' {
            $flows = Get-FlowTraffic -Path "$folder/a.pcap" -LocalAddress 10.0.0.1
            $flows | Should -HaveCount 2
            $flow = $flows | Where-Object { "$($_.DestinationAddress)" -eq '10.0.0.2' }
            $flow.TxPackets, $flow.TxBytes, $flow.RxPackets, $flow.RxBytes | Should -Be 2, 200, 1, 300
            $flow.TotalBytes | Should -Be 500
            "$($flow.Proto)" | Should -Be 'UDP'
            $flow.SourcePort, $flow.DestinationPort | Should -Be 53, 1000
            $flow.Start | Should -Be ([DateTime]::new(2020, 9, 13, 12, 26, 40, [DateTimeKind]::Utc))
            $flow.Duration | Should -Be ([timespan] '00:00:03')
            $flow.Source | Should -Be "$folder/a.pcap"
        }

        It 'takes files from <Name>' -ForEach @(
            @{ Name = 'a wildcard'; Command = { Get-FlowTraffic -Path "$folder/a*.pcap" } }
            @{ Name = 'a literal path'; Command = { Get-FlowTraffic -LiteralPath "$folder/a.pcap" } }
            @{ Name = 'Get-ChildItem'; Command = { Get-ChildItem "$folder/a*.pcap" | Get-FlowTraffic } }
            @{ Name = 'a property'; Command = { [pscustomobject] @{ PSPath = "$folder/a.pcap" } | Get-FlowTraffic } }
        ) {
            & $Command | Should -HaveCount 2
        }

        It 'gives one object per connection without directions: the higher port is the source' {
            $flow = Get-FlowTraffic -Path "$folder/a.pcap" -Address 10.0.0.2
            "$($flow.Src)", "$($flow.Dst)" | Should -Be '10.0.0.2:1000', '10.0.0.1:53'
            $flow.TxPackets, $flow.TxBytes, $flow.RxPackets, $flow.RxBytes | Should -Be 1, 300, 2, 200
            "$($flow.OpenedBy)" | Should -Be 'Unknown'
        }

        It 'is silent about a wildcard that matches nothing' {
            Get-FlowTraffic -Path "$folder/none*" -ErrorAction Stop | Should -BeNullOrEmpty
        }

        It 'splits the file''s own time with -Interval' {
            $flows = Get-FlowTraffic -Path "$folder/a.pcap" -Interval 2
            $flows | Group-Object Start | ForEach-Object Count | Should -Be 1, 2
            ($flows | Measure-Object TotalPackets -Sum).Sum | Should -Be 4
        }

        It 'filters by <Name>' -ForEach @(
            @{ Name = 'protocol'; With = @{ Protocol = 'udp' }; Count = 2 }
            @{ Name = 'another protocol'; With = @{ Protocol = 'TCP', '1' }; Count = 0 }
            @{ Name = 'protocols of IANA''s list'; With = @{ Protocol = 'UDPLite', 'icmp6', 'OSPFIGP' }; Count = 0 }
            @{ Name = 'prefix'; With = @{ Address = '192.168.0.0/16' }; Count = 1 }
            @{ Name = 'address'; With = @{ Address = '10.0.0.2' }; Count = 1 }
            @{ Name = 'port'; With = @{ Port = 2000 }; Count = 1 }
            @{ Name = 'size'; With = @{ Top = 1 }; Count = 1 }
        ) {
            @(Get-FlowTraffic -Path "$folder/a.pcap" @With) | Should -HaveCount $Count
        }

        It 'gives the largest with -Top' {
            (Get-FlowTraffic -Path "$folder/a.pcap" -Top 1).TxBytes | Should -Be 300
        }

        It 'classifies' {
            $routes = @{ LocalAddress = '10.0.0.1'; Route = '10.0.0.0/24'; Overlay = '10.0.0.0/24' }
            $flows = Get-FlowTraffic -Path "$folder/a.pcap" @routes -Classify
            ($flows | Group-Object Class | Sort-Object Name).Name | Should -Be 'Exit', 'Virtual'
        }

        It 'sums by <GroupBy>' -ForEach @(
            @{ GroupBy = 'Host'; Want = '10.0.0.1 2 260 300', '10.0.0.2 1 200 300', '192.168.7.9 1 60 0' }
            @{ GroupBy = 'Peer'; Want = '10.0.0.2 1 200 300', '192.168.7.9 1 60 0' }
            @{ GroupBy = 'Port'; Want = '53/UDP 2 260 300' }
            @{ GroupBy = 'Class'; Want = 'Virtual 1 200 300', 'Exit 1 60 0' }
            @{ GroupBy = 'Protocol'; Want = 'UDP 2 260 300' }
        ) {
            $with = $GroupBy -eq 'Class' ? @{ Route = '10.0.0.0/24'; Overlay = '10.0.0.0/24' } : @{}
            $groups = Get-FlowTraffic -Path "$folder/a.pcap" -LocalAddress 10.0.0.1 -GroupBy $GroupBy @with
            $groups | ForEach-Object { "$($_.Group) $($_.Connections) $($_.TxBytes) $($_.RxBytes)" } | Should -Be $Want
            $groups[0].GroupBy | Should -Be $GroupBy
        }

        It 'refuses -<Name> with sums that have no classes' -ForEach @(
            @{ Name = 'Route'; Value = '10.0.0.0/24' }
            @{ Name = 'RouteFile'; Value = 'none.txt' }
            @{ Name = 'RouteDevice'; Value = 'lo' }
            @{ Name = 'Overlay'; Value = '10.0.0.0/24' }
            @{ Name = 'Classify'; Value = $true }
        ) {
            $with = @{ $Name = $Value }
            { Get-FlowTraffic -Path "$folder/a.pcap" -GroupBy Host @with -ErrorAction Stop } |
                Should -Throw -ErrorId 'ParameterHasNoEffect,*' -ExpectedMessage "*-$Name*-GroupBy Class*"
        }

        It 'shows sums as a table, also after they went through a job' {
            $group = Get-FlowTraffic -Path "$folder/a.pcap" -LocalAddress 10.0.0.1 -GroupBy Peer -Top 1
            $group | Should -HaveCount 1
            $back = [Management.Automation.PSSerializer]::Deserialize(
                [Management.Automation.PSSerializer]::Serialize($group))
            foreach ($shown in ($group | Out-String), ($back | Out-String)) {
                $shown | Should -Match 'Window: 2020-09-13 12:26:40.000Z to 12:26:43.000Z, a.pcap'
                $shown | Should -Match 'Group +Connections +Tx +Rx +TxPackets +RxPackets'
                $shown | Should -Match '10\.0\.0\.2 +1 +200 B +300 B +2 +1'
            }

            $back.Group = ''
            $back.ConnectionsEstimated = $true
            $back | Out-String | Should -Match '\(other\) +~1 +200 B'
        }

        It 'completes -GroupBy' {
            $line = 'Get-FlowTraffic wg0 -GroupBy P'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText |
                Should -Be 'Peer', 'Port', 'Protocol'
        }

        It 'warns of an empty file' {
            Get-FlowTraffic -Path "$folder/empty.pcap" -WarningVariable warnings -WarningAction Ignore |
                Should -BeNullOrEmpty
            $warnings | Should -BeLike '*empty*'
        }

        It 'counts what is whole of a file that is truncated, and says where' {
            $flows = Get-FlowTraffic -Path "$folder/cut.pcap" -WarningVariable warnings -WarningAction Ignore
            ($flows | Measure-Object TotalPackets -Sum).Sum | Should -Be 3
            $warnings | Should -HaveCount 1
            $warnings[0] | Should -Match '\d{3}'
        }

        It 'refuses <Id>' -ForEach @(
            @{ Id = 'FileNotFound'; Path = 'none.pcap'; Why = '*none.pcap*' }
            @{ Id = 'PathIsDirectory'; Path = ''; Why = '*directory*' }
            @{ Id = 'NotACapture'; Path = 'text.pcap'; Why = '*"no capture*' }
            @{ Id = 'UnsupportedLinkType'; Path = 'odd.pcap'; Why = '*230*' }
        ) {
            $null = Get-FlowTraffic -LiteralPath "$folder/$Path" -ErrorVariable errors -ErrorAction SilentlyContinue
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $errors[0].Exception.Message | Should -BeLike $Why
            $errors[0].TargetObject | Should -BeLike "$folder/$Path"
            $errors[0].CategoryInfo.Category | Should -Not -Be 'NotSpecified'
        }

        It 'goes on after a bad file' {
            $flows = Get-FlowTraffic -Path "$folder/text.pcap", "$folder/a.pcap" -ErrorAction SilentlyContinue
            $flows | Should -HaveCount 2
        }

        It 'tells of progress in a long file' {
            Save-Capture "$folder/one.pcap" @(, (Get-Packet $here 53 $there 1000 65000))
            $file = [IO.File]::ReadAllBytes("$folder/one.pcap")
            $stream = [IO.File]::Create("$folder/long.pcap")
            $stream.Write($file, 0, 24)
            1..600 | ForEach-Object { $stream.Write($file, 24, $file.Length - 24) }
            $stream.Dispose()
            $shell = [powershell]::Create()
            $script = "Import-Module $env:TUNSTATS_MODULE/TunStats.psd1; Get-FlowTraffic -Path $folder/long.pcap"
            try {
                $flow = $shell.AddScript($script).Invoke()
                $flow.TotalPackets | Should -Be 600
                $shell.Streams.Progress[0].StatusDescription | Should -BeLike '*of 37.2 MiB'
                $shell.Streams.Progress[-1].RecordType | Should -Be 'Completed'
            }
            finally {
                $shell.Dispose()
                Remove-Item "$folder/long.pcap", "$folder/one.pcap"
            }
        }
    }

    Context 'bad values' {
        It 'refuses <Id>' -ForEach @(
            @{ Id = 'InvalidProtocol'; With = @{ Protocol = 'nonsense' } }
            @{ Id = 'InvalidPrefix'; With = @{ Address = '10.0.0.0/33' } }
            @{ Id = 'InvalidPrefix'; With = @{ LocalAddress = '10.1' } }
            @{ Id = 'InvalidWindow'; With = @{ Interval = 0 } }
            @{ Id = 'InvalidWindow'; With = @{ Interval = 1e6 } }
            @{ Id = 'NoRoutes'; With = @{ Classify = $true } }
            @{ Id = 'ParameterHasNoEffect'; With = @{ NetworkNamespace = 'x' } }
            @{ Id = 'ParameterHasNoEffect'; With = @{ GroupBy = 'Peer'; ResolveNames = $true } }
            @{ Id = 'ParameterHasNoEffect'; With = @{ GroupBy = 'Host'; ResolveDns = $true } }
            @{ Id = 'ParameterArgumentValidationError'; With = @{ Port = 65536 } }
            @{ Id = 'ParameterArgumentValidationError'; With = @{ Top = 0 } }
        ) {
            $caught = { Get-FlowTraffic -Path "$folder/a.pcap" @With } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        }
    }

    Context 'a device' -Skip:$noLab {
        BeforeAll {
            $lab = Open-Lab tailscale0
            $space = @{ NetworkNamespace = $lab.Id }
        }

        AfterAll { Close-Lab $lab }

        It 'is counted for -Duration' {
            $flows = Get-FlowTraffic tailscale0 -Duration 0.5 @space
            $flows | Should -Not -BeNullOrEmpty
            $flows[0].GetType().FullName | Should -Be 'TunStats.Flows.TupleCounts'
            $flows[0].Source | Should -Be 'tailscale0'
            ($flows | Measure-Object TxPackets -Sum).Sum | Should -BeGreaterThan 0
            $flows[0].Duration.TotalSeconds | Should -BeGreaterThan 0.4
        }

        It 'refuses <Name>, which has no effect' -ForEach @(
            @{ Name = '-JobName without -AsJob'; With = @{ JobName = 'a' } }
            @{ Name = '-LocalAddress without -Classify'; With = @{ LocalAddress = '10.0.0.1' } }
        ) {
            $caught = { Get-FlowTraffic tailscale0 @With @space } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -BeLike 'ParameterHasNoEffect,*'
            "$caught" | Should -BeLike "$($Name -replace ' without', ' has no effect without')*"
        }

        It 'names what is missing as the target: <Target>' -ForEach @(
            @{ Target = 'no-device'; With = @{ RouteDevice = 'no-device' } }
            @{ Target = 'no-space'; With = @{ NetworkNamespace = 'no-space' } }
        ) {
            $all = $space + @{ Duration = 0.1 }
            foreach ($key in $With.Keys) { $all[$key] = $With[$key] }
            $caught = { Get-FlowTraffic tailscale0 @all } | Should -Throw -PassThru
            $caught.TargetObject | Should -Be $Target
        }

        It 'is counted window after window' {
            $flows = Get-FlowTraffic tail* -Continuous -Interval 0.2 -Count 3 @space
            ($flows | Group-Object Start).Count | Should -BeGreaterOrEqual 2
        }

        It 'takes names by property' {
            $flows = Get-TunDeviceStats tailscale0 @space | Get-FlowTraffic -Duration 0.3 @space
            $flows[0].Source | Should -Be 'tailscale0'
        }

        It 'reads a number with a unit as it was typed' {
            # PowerShell itself reads 1d as the decimal 1.
            { Get-FlowTraffic tailscale0 -Duration 2d @space } | Should -Throw -ErrorId 'InvalidWindow,*'
            { Get-FlowTraffic tailscale0 -Duration 1kb @space } | Should -Throw '*is not a time*'
            { Get-FlowTraffic tailscale0 -Duration $null @space } | Should -Throw '*is not a time*'
            (Get-FlowTraffic tailscale0 -Duration 200ms @space)[0].Duration.TotalSeconds | Should -Be 0.2
        }

        It 'takes names from the pipeline' {
            $flows = 'tailscale0' | Get-FlowTraffic -Duration 0.3 @space
            $flows[0].Source | Should -Be 'tailscale0'
        }

        It 'takes as long as it says, and holds its own packets, under steady traffic' {
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $flows = Get-FlowTraffic tailscale0 -Duration 1 @space
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 4
            $flows[0].Duration.TotalSeconds | Should -Be 1
            $flows | ForEach-Object {
                $_.FirstSeen | Should -BeGreaterOrEqual $_.Start
                $_.LastSeen | Should -BeLessOrEqual $_.End
            }
        }

        It 'takes consecutive windows where -Count or -Interval is given' {
            $flows = Get-FlowTraffic tailscale0 -Interval 0.2 -Count 2 @space
            $starts = $flows.Start | Sort-Object -Unique
            $starts | Should -HaveCount 2
            ($starts[1] - $starts[0]).TotalSeconds | Should -BeGreaterOrEqual 0.199
        }

        It 'ends a job after -Duration' {
            $flows = Get-FlowTraffic tailscale0 -Duration 0.3 -AsJob @space | Receive-Job -Wait -AutoRemoveJob
            $flows[0].Duration.TotalSeconds | Should -Be 0.3
        }

        It 'is counted beside others' {
            $options = @{ Duration = 0.3; ErrorAction = 'SilentlyContinue'; NetworkNamespace = $lab.Id }
            $flows = Get-FlowTraffic tailscale0, lo, nosuch0 @options -ErrorVariable errors
            $flows.Source | Select-Object -Unique | Should -Be 'tailscale0'
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
            $errors[0].TargetObject | Should -Be 'nosuch0'
        }

        It 'is classified by its own routes' {
            $flows = Get-FlowTraffic tailscale0 -Duration 0.3 -Classify @space
            $flows.Class | Select-Object -Unique | Should -BeIn 'Virtual', 'Subnet', 'Exit'
        }

        It 'warns where nothing gives classes' {
            $null = Get-FlowTraffic lo -Duration 0.05 -Classify @space -WarningVariable warnings -WarningAction Ignore
            $known = [bool] (Get-FlowRoute lo @space -WarningAction Ignore | Where-Object Counts)
            [bool] ($warnings -like '*no address and no route*') | Should -Be (-not $known)
        }

        It 'makes network log messages' {
            $message = Get-FlowTraffic tailscale0 -Duration 0.3 @space | ConvertTo-NetLogMessage tailscale0 @space
            $message.EntryCount | Should -BeGreaterThan 0
        }

        It 'answers Ctrl+C at once, and keeps the window under way in -OutVariable' {
            $shell = [powershell]::Create()
            $script = "Import-Module $env:TUNSTATS_MODULE/TunStats.psd1
                Get-FlowTraffic tailscale0 -Continuous -Interval 3600 -NetworkNamespace $($lab.Id) -OutVariable flows"
            try {
                $output = [Management.Automation.PSDataCollection[psobject]]::new()
                $null = $shell.AddScript($script).BeginInvoke[psobject, psobject]($null, $output)
                Wait-Until { (Get-Content /proc/$PID/task/*/comm -ErrorAction Ignore) -like 'TunStats flows' }
                $sent = { (Get-TunDeviceStats tailscale0 @space).TxDropped }
                $before = & $sent
                Wait-Until { (& $sent) -gt $before + 10 }
                $watch = [Diagnostics.Stopwatch]::StartNew()
                $shell.Stop()
                $watch.ElapsedMilliseconds | Should -BeLessThan 3000
                $shell.Commands.Clear()
                $flows = $shell.AddScript('$flows').Invoke()
                $flows[0].Source | Should -Be 'tailscale0'
                $flows[0].TxPackets | Should -BeGreaterThan 0
            }
            finally {
                $shell.Dispose()
            }
        }

        It 'ends at Ctrl+C in a terminal, and hands out the window under way' -Skip:$noTerminal {
            # Cmdlets do not run any more in the finally of a script that is stopped; methods do.
            Set-Content "$folder/endless.ps1" @"
                [IO.File]::WriteAllText('$folder/pid', `$PID)
                Import-Module $env:TUNSTATS_MODULE/TunStats.psd1
                `$options = @{ Interval = 3600; NetworkNamespace = $($lab.Id); OutVariable = 'flows' }
                try { Get-FlowTraffic tailscale0 -Continuous @options }
                finally { [IO.File]::WriteAllText('$folder/last', "`$(`$flows.Count) `$(`$flows[0].Source)") }
"@
            $pwsh = (Get-Process -Id $PID).Path
            $start = [Diagnostics.ProcessStartInfo]::new('sh')
            $start.ArgumentList.Add('-c')
            $command = "$pwsh -NoProfile -File $folder/endless.ps1"
            $start.ArgumentList.Add("exec script -qfc '$command' /dev/null >/dev/null")
            $start.RedirectStandardInput = $true
            $terminal = [Diagnostics.Process]::Start($start)
            try {
                Wait-Until { Test-Path "$folder/pid" }
                Wait-Until {
                    $id = Get-Content "$folder/pid"
                    $id -and (Get-Content /proc/$id/task/*/comm -ErrorAction Ignore) -like 'TunStats flows'
                }
                $sent = { (Get-TunDeviceStats tailscale0 @space).TxDropped }
                $before = & $sent
                Wait-Until { (& $sent) -gt $before + 10 }
                $terminal.StandardInput.Write([char] 3)
                $terminal.StandardInput.Flush()
                Wait-Until { $terminal.HasExited }
                Get-Content "$folder/last" | Should -Match '^[1-9]\d* tailscale0$'
            }
            finally {
                $terminal.Kill($true)
                $terminal.Dispose()
            }
        }

        It 'is counted in a job, which hands out the window under way when it is stopped' {
            $job = Get-FlowTraffic tailscale0 -Continuous -Interval 3600 -AsJob -JobName flows @space
            $job.PSJobTypeName | Should -Be 'TunStatsFlows'
            $job.Name | Should -Be 'flows'
            $before = (Get-TunDeviceStats tailscale0 @space).TxDropped
            Wait-Until { (Get-TunDeviceStats tailscale0 @space).TxDropped -gt $before + 10 }
            Stop-Job $job
            $job.State | Should -Be 'Stopped'
            $flows = Receive-Job $job
            $flows[0].Source | Should -Be 'tailscale0'
            Remove-Job $job
        }

        It 'completes the job after -Count windows' {
            $flows = Get-FlowTraffic tailscale0 -Continuous -Interval 0.1 -Count 2 -AsJob @space |
                Receive-Job -Wait -AutoRemoveJob
            $flows | Should -Not -BeNullOrEmpty
        }

        It 'makes no job of a device that is not there' {
            $before = @(Get-Job).Count
            $options = @{ Continuous = $true; AsJob = $true; ErrorAction = 'SilentlyContinue' }
            $job = Get-FlowTraffic nosuch0 @options @space -ErrorVariable errors
            $job | Should -BeNullOrEmpty
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
            @(Get-Job).Count | Should -Be $before
        }

        It 'leaves no thread and no descriptor behind' {
            $null = Get-FlowTraffic tailscale0 -Duration 0.02 @space
            [GC]::Collect()
            [GC]::WaitForPendingFinalizers()
            $files = @(Get-ChildItem /proc/$PID/fd).Count
            1..20 | ForEach-Object { $null = Get-FlowTraffic tailscale0 -Duration 0.02 -Classify @space }
            @(Get-ChildItem /proc/$PID/fd).Count | Should -BeLessOrEqual ($files + 5)
            Wait-Until { -not ((Get-Content /proc/$PID/task/*/comm -ErrorAction Ignore) -like 'TunStats*') }
        }

        It 'is ended by Select-Object -First' {
            Get-FlowTraffic tailscale0 -Continuous -Interval 0.1 @space | Select-Object -First 1 | Should -HaveCount 1
        }
    }

    Context 'a device whose name holds wildcard signs' -Skip:$noLab {
        BeforeAll {
            $lab = Open-Lab 'q[1]'
            $space = @{ NetworkNamespace = $lab.Id }
        }

        AfterAll { Close-Lab $lab }

        It 'is taken by its name and from the pipeline, in every cmdlet' {
            $device = Get-TunDeviceStats 'q[1]' @space
            $device.Name | Should -Be 'q[1]'
            ($device | Get-TunDeviceStats @space).Name | Should -Be 'q[1]'
            (Get-TunDeviceStats -InterfaceIndex $device.Index @space).Name | Should -Be 'q[1]'
            ($device | Get-FlowTraffic -Duration 0.3 @space)[0].Source | Should -Be 'q[1]'
            ('q[1]' | Get-FlowTraffic -Duration 0.3 -Classify @space)[0].Source | Should -Be 'q[1]'
            ($device | Get-FlowRoute @space).Prefix | Should -Contain '100.64.0.0/24'
            ($device | Get-TunPeer @space) | Should -BeNullOrEmpty
            $sample = $device | Start-TunStatsPoller -MaxSamples 1 @space | Receive-Job -Wait -AutoRemoveJob
            $sample.Name | Should -Be 'q[1]'
        }
    }

    Context 'connection tracking' -Skip:$noConntrack {
        BeforeAll {
            $lab = Open-Lab tailscale0
            Enable-Tracking $lab
            $space = @{ NetworkNamespace = $lab.Id }
        }

        AfterAll { Close-Lab $lab }

        It 'says how to turn counting on, and does so when asked to' {
            $caught = { Get-FlowTraffic -Conntrack @space } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -BeLike 'ConntrackAccountingOff,*'
            $caught.Exception.Message | Should -BeLike '*EnableAccounting*'
            Get-FlowTraffic -Conntrack -EnableAccounting -WhatIf @space | Should -BeNullOrEmpty
            { Get-FlowTraffic -Conntrack @space } | Should -Throw -ErrorId 'ConntrackAccountingOff,*'
            { Get-FlowTraffic -Conntrack -EnableAccounting @space -WarningAction Ignore } | Should -Not -Throw
        }

        It 'needs routes for classes' {
            { Get-FlowTraffic -Conntrack -EnableAccounting -Classify @space } | Should -Throw -ErrorId 'NoRoutes,*'
        }

        It 'counts tracked connections, in windows and as the table has them' {
            $options = @{ Continuous = $true; Interval = 0.3; Count = 2; AsJob = $true }
            $job = Get-FlowTraffic -Conntrack -EnableAccounting @options @space
            while ($job.State -eq 'Running') {
                # Each is a connection of its own, by its source port.
                nsenter "--net=/proc/$($lab.Id)/ns/net" bash -c 'echo > /dev/udp/100.64.0.2/7777'
            }

            $flows = Receive-Job $job -WarningAction Ignore | Where-Object DestinationPort -EQ 7777
            ($flows | Measure-Object TxPackets -Sum).Sum | Should -BeGreaterThan 0
            $flows[0].FirstSeen | Should -BeNullOrEmpty
            $flows[0].ConntrackZone | Should -Be 0
            Remove-Job $job
            $table = Get-FlowTraffic -Conntrack -Port 7777 -Protocol udp -WarningAction Ignore @space
            @($table).Count | Should -BeGreaterOrEqual @($flows).Count
        }
    }

    Context 'without the right to' -Skip:($noLab -or -not (Get-Command setpriv -ErrorAction Ignore)) {
        It 'says which capability is missing' {
            $pwsh = (Get-Process -Id $PID).Path
            $script = "Import-Module $env:TUNSTATS_MODULE/TunStats.psd1
                Get-FlowTraffic lo -Duration 0.1 -ErrorVariable e -ErrorAction SilentlyContinue
                `$e[0].FullyQualifiedErrorId; `$e[0].Exception.Message"
            $drop = '--bounding-set=-net_raw', '--inh-caps=-net_raw', '--ambient-caps=-all'
            $said = setpriv @drop -- $pwsh -NoProfile -Command $script
            $said[0] | Should -BeLike 'CaptureDenied,*'
            $said[1] | Should -BeLike '*CAP_NET_RAW*'
        }
    }

    Context 'views and completion' {
        It 'shows a table that fits 80 columns, and a list' {
            $flows = Get-FlowTraffic -Path "$folder/a.pcap" -LocalAddress 10.0.0.1
            $lines = ($flows | Out-String -Width 80) -split "`n" | Where-Object { $_.Trim() }
            $lines[0] | Should -Match '^   Window: .*\d\dZ, '
            $lines[1] | Should -Match '^Proto +Src +Dst +Tx +Rx'
            $lines[3] | Should -Match '^UDP +10\.0\.0\.1:53 +10\.0\.0\.2:1000 +200 B +300 B'
            $flows | Format-List | Out-String | Should -Match '(?m)^RxPacketsPerSecond +: '
        }

        It 'offers devices and protocols' {
            $line = 'Get-FlowTraffic l'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'lo'
            $line = 'Get-FlowTraffic lo -Protocol '
            (TabExpansion2 $line $line.Length).CompletionMatches[0].CompletionText | Should -Be 'tcp'
        }
    }
}
