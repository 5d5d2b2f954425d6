BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $noLab = -not (Test-Lab)
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"

    function Get-Flow {
        # A flow of a window, as Get-FlowTraffic would give it.
        param(
            [string] $Src, [string] $Dst, [ulong] $Bytes = 100, [string] $Class = 'None', [int] $Minute = 0,
            [string] $Source = 'tun0'
        )

        $time = [DateTime]::new(2026, 1, 2, 3, $Minute, 0, [DateTimeKind]::Utc)
        [TunStats.Flows.TupleCounts]::new(
            [TunStats.Net.IpProtocol] 6,
            [TunStats.Net.AddrPort]::Parse($Src),
            [TunStats.Net.AddrPort]::Parse($Dst),
            [TunStats.Flows.FlowCounts]::new(1, $Bytes, 0, 0),
            [TunStats.Flows.FlowWindow]::new(
                [TunStats.Net.NanoTime]::FromDateTime($time),
                [TunStats.Net.NanoTime]::FromDateTime($time.AddSeconds(5)), $Source, $null)).WithClass($Class)
    }
}

Describe 'ConvertTo-NetLogMessage' {
    It 'sorts flows by given routes' {
        $message = & {
            Get-Flow 100.64.0.1:1 100.64.0.2:22
            Get-Flow 100.64.0.1:2 192.168.7.9:80
            Get-Flow 100.64.0.1:3 8.8.8.8:443
        } | ConvertTo-NetLogMessage -LocalAddress 100.64.0.1 -Route 100.64.0.2, 192.168.7.0/24
        $message | Should -HaveCount 1
        $message.VirtualTraffic.Dst | Should -Be '100.64.0.2:22'
        $message.SubnetTraffic.Dst | Should -Be '192.168.7.9:80'
        $message.ExitTraffic.IsAnonymous | Should -BeTrue
        $message.ExitTraffic.TxBytes | Should -Be 100
    }

    It 'keeps exit traffic as it is when asked to' {
        $message = Get-Flow 10.0.0.1:3 8.8.8.8:443 |
            ConvertTo-NetLogMessage -Route 10.0.0.0/8 -Overlay 10.0.0.0/8 -IncludeExit
        $message.ExitTraffic.Dst | Should -Be '8.8.8.8:443'
    }

    It 'keeps the class of a flow unless routes are given' {
        $flow = Get-Flow 1.1.1.1:1 2.2.2.2:2 -Class Virtual
        ($flow | ConvertTo-NetLogMessage).VirtualTraffic | Should -HaveCount 1
        ($flow | ConvertTo-NetLogMessage -Route 10.0.0.0/8).ExitTraffic | Should -HaveCount 1
    }

    It 'gives a message per window, as soon as it is complete' {
        $seen = [Collections.Generic.List[string]]::new()
        & {
            Get-Flow 1.1.1.1:1 2.2.2.2:2 -Class Virtual
            Get-Flow 1.1.1.1:3 2.2.2.2:2 -Class Virtual
            $seen.Add('next')
            Get-Flow 1.1.1.1:1 2.2.2.2:2 -Class Virtual -Minute 1
            $seen.Add('end')
        } | ConvertTo-NetLogMessage | ForEach-Object { $seen.Add("$($_.VirtualTraffic.Count)") }
        $seen | Should -Be 'next', '2', 'end', '1'
    }

    It 'keeps sources apart' {
        $messages = & {
            Get-Flow 1.1.1.1:1 2.2.2.2:2 -Class Virtual -Source a
            Get-Flow 1.1.1.1:1 2.2.2.2:2 -Class Virtual -Source b
            Get-Flow 1.1.1.1:3 2.2.2.2:2 -Class Virtual -Source a
        } | ConvertTo-NetLogMessage
        $messages.EntryCount | Should -Be 2, 1
    }

    It 'makes one message of all with -Start and -End' {
        $message = & {
            Get-Flow 1.1.1.1:1 2.2.2.2:2 -Class Virtual
            Get-Flow 1.1.1.1:1 2.2.2.2:2 -Class Virtual -Minute 1
        } | ConvertTo-NetLogMessage -Start 2026-01-02T03:00:00Z -End 2026-01-02T04:00:00Z -AsJson
        $message | Should -Be ('{"start":"2026-01-02T03:00:00Z","end":"2026-01-02T04:00:00Z",' +
            '"virtualTraffic":[{"proto":6,"src":"1.1.1.1:1","dst":"2.2.2.2:2","txPkts":2,"txBytes":200}]}')
    }

    It 'writes today''s schema' {
        $json = Get-Flow 1.1.1.1:1 2.2.2.2:2 -Class Subnet | ConvertTo-NetLogMessage -SchemaVersion 2 -NodeId n1 -AsJson
        $json | Should -BeLike '{"nodeId":"n1","start":*"subnetTraffic":*'
        ($json | ConvertFrom-Json).subnetTraffic[0].txBytes | Should -Be 100
    }

    It 'splits what would be too long, and loses nothing' {
        $messages = 1..10000 | ForEach-Object { Get-Flow "10.1.1.1:$_" 10.2.2.2:80 -Class Virtual } |
            ConvertTo-NetLogMessage
        $messages.Count | Should -BeGreaterThan 1
        ($messages.EntryCount | Measure-Object -Sum).Sum | Should -Be 10000
    }

    It 'warns once where nothing gives flows a class' {
        $null = & { Get-Flow 1.1.1.1:1 2.2.2.2:2; Get-Flow 1.1.1.1:2 2.2.2.2:2 } |
            ConvertTo-NetLogMessage -WarningVariable warnings -WarningAction Ignore
        $warnings | Should -HaveCount 1
    }

    It 'refuses a flow of two families and goes on' {
        $message = & { Get-Flow 1.1.1.1:1 '[::1]:2'; Get-Flow 1.1.1.1:2 2.2.2.2:2 -Class Virtual } |
            ConvertTo-NetLogMessage -ErrorVariable errors -ErrorAction SilentlyContinue
        $message.EntryCount | Should -Be 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'MixedFamilies,*'
    }

    It 'refuses <Id>' -ForEach @(
        @{ Id = 'InvalidPrefix'; With = @{ Route = '10.0.0.0/64' }; Why = '*above 32*' }
        @{ Id = 'InvalidPrefix'; With = @{ LocalAddress = '010.1.2.3' }; Why = '*octal*' }
        @{ Id = 'InvalidPrefix'; With = @{ Overlay = 'nonsense' }; Why = "*'nonsense'*" }
        @{ Id = 'NoOwnSubnets'; With = @{ Overlay = 'Device'; Route = '10.0.0.0/8' }; Why = '*' }
        @{ Id = 'RouteFileNotFound'; With = @{ RouteFile = 'TestDrive:/no.txt' }; Why = '*' }
        @{ Id = 'RouteFileUnreadable'; With = @{ RouteFile = 'TestDrive:/' }; Why = '*directory*' }
        @{ Id = 'EndBeforeStart'; With = @{ Start = '2026-01-02'; End = '2026-01-01' }; Why = '*before*' }
        @{ Id = 'DeviceNotFound'; With = @{ Name = 'nosuch0' }; Why = '*nosuch0*' }
        @{ Id = 'ParameterHasNoEffect'; With = @{ NodeId = 'n1'; AsJson = $true }; Why = '*-SchemaVersion 2*' }
        @{ Id = 'ParameterHasNoEffect'; With = @{ NetworkNamespace = 'x' }; Why = '*-Name or -RouteDevice*' }
    ) {
        $caught = { Get-Flow 1.1.1.1:1 2.2.2.2:2 | ConvertTo-NetLogMessage @With } | Should -Throw -PassThru
        $caught.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $caught.Exception.Message | Should -BeLike $Why
        $caught.Exception.Message | Should -Not -BeLike '*(Parameter*'
        $caught.CategoryInfo.Category | Should -Not -Be 'NotSpecified'
    }

    It 'takes the keywords of a route file in any case' {
        Set-Content TestDrive:/routes.txt "LOCAL 10.0.0.1`nSubnet 192.168.7.0/24"
        (Get-FlowRoute -RouteFile TestDrive:/routes.txt).Kind | Should -Be 'LocalAddress', 'SubnetRoute'
    }

    It 'says which line of a route file is invalid' {
        Set-Content TestDrive:/routes.txt "10.0.0.0/8`n10.0.0.0/33 # too long"
        $caught = { Get-FlowRoute -RouteFile TestDrive:/routes.txt } | Should -Throw -PassThru
        $caught.FullyQualifiedErrorId | Should -BeLike 'InvalidRouteFile,*'
        $caught.Exception.Message | Should -BeLike '*line 2*'
    }
}

Describe 'Get-FlowRoute' {
    It 'tells where each prefix came from' {
        Set-Content TestDrive:/routes.json '{"localAddrs":["10.0.0.1"],"subnetRoutes":["192.168.1.1/24"]}'
        $routes = Get-FlowRoute -Route 10.8.0.0/24 -RouteFile TestDrive:/routes.json
        $routes.Prefix | Should -Be '10.8.0.0/24', '10.0.0.1/32', '192.168.1.0/24'
        $routes.Kind | Should -Be 'Route', 'LocalAddress', 'SubnetRoute'
        $routes[0].Origin | Should -Be 'given as route'
        $routes[2].Origin | Should -BeLike '*routes.json: subnetRoutes`[0`]'
        $routes | Out-String -Width 120 | Should -Match '(?m)^Prefix +Kind +Counts +Origin'
    }

    Context 'a device' -Skip:$noLab {
        BeforeAll { $lab = Open-Lab tailscale0 }
        AfterAll { Close-Lab $lab }

        It 'has its addresses and routes' {
            $routes = Get-FlowRoute tailscale0 -NetworkNamespace $lab.Id
            $routes.Kind | Should -Contain 'LocalAddress'
            $routes.Origin | Should -Contain 'address of tailscale0'
            $local = $routes | Where-Object Kind -EQ LocalAddress
            $verdict = Test-FlowRoute $local[0].Address tailscale0 -NetworkNamespace $lab.Id
            $verdict.Class | Should -Be 'Tunnel'
            $verdict.Route | Should -Be $local[0]
        }

        It 'takes wildcards, goes on after a missing name, and asks every tunnel where nothing is named' {
            $there = @{ NetworkNamespace = $lab.Id }
            $want = (Get-FlowRoute tailscale0 @there).Prefix
            $routes = Get-FlowRoute nosuch0, 'tail*', 'no*' @there -ErrorVariable errors -ErrorAction SilentlyContinue
            $routes.Prefix | Should -Be $want
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
            (Get-FlowRoute @there).Prefix | Should -Be $want
            ('tailscale0' | Get-FlowRoute @there).Prefix | Should -Be $want
            $own = (Get-FlowRoute @there | Where-Object Kind -EQ LocalAddress)[0].Address
            (Test-FlowRoute $own @there).Class | Should -Be 'Tunnel'
            (Test-FlowRoute $own -Name 'tail*', nosuch0 @there -ErrorAction SilentlyContinue).Class |
                Should -Be 'Tunnel'
        }

        It 'takes a namespace by a path from the current location' {
            Push-Location "/proc/$($lab.Id)"
            try {
                (Get-FlowRoute tailscale0 -NetworkNamespace ./ns/net).Kind | Should -Contain 'LocalAddress'
                (Get-TunDeviceStats -NetworkNamespace ns/net).Name | Should -Contain 'tailscale0'
            } finally {
                Pop-Location
            }
        }

        It 'gives its own subnets as overlay' {
            $all = @{ Name = 'tailscale0'; NetworkNamespace = $lab.Id; Route = '192.168.7.0/24' }
            $own = (Get-FlowRoute @all | Where-Object Kind -EQ LocalAddress)[0].Address
            (Test-FlowRoute $own, 192.168.7.1 @all -Overlay Device).Class | Should -Be 'Tunnel', 'Subnet'
        }

        It 'classifies the flows of it' {
            $own = (Get-FlowRoute tailscale0 -NetworkNamespace $lab.Id | Where-Object Kind -EQ LocalAddress)[0]
            $message = Get-Flow "$($own.Address):1" "$($own.Address):2" |
                ConvertTo-NetLogMessage tailscale0 -NetworkNamespace $lab.Id
            $message.VirtualTraffic | Should -HaveCount 1
        }

        It 'is completed' {
            $line = "Get-FlowRoute -NetworkNamespace $($lab.Id) -Name tail"
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'tailscale0'
            $line = 'Get-FlowRoute x -Overlay d'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'Device'
        }
    }

    It 'warns of a device that has nothing' -Skip:$noLab {
        $null = Get-FlowRoute lo -NetworkNamespace $PID -WarningVariable warnings -WarningAction Ignore
        $has = [bool] (Get-FlowRoute lo -WarningAction Ignore | Where-Object Counts)
        [bool] $warnings | Should -Be (-not $has)
    }

    It 'refuses a namespace of which nothing is asked' {
        { Get-FlowRoute -Route 10.0.0.0/8 -NetworkNamespace x } | Should -Throw -ErrorId 'ParameterHasNoEffect,*'
        { Test-FlowRoute 1.1.1.1 -Route 10.0.0.0/8 -NetworkNamespace x } |
            Should -Throw -ErrorId 'ParameterHasNoEffect,*'
    }

    It 'says what to give where nothing is named' {
        { Get-FlowRoute } | Should -Throw -ErrorId 'NoRoutes,*'
    }
}

Describe 'Test-FlowRoute' {
    It 'tests both ends of flows' {
        $verdicts = Get-Flow 100.64.0.1:1 8.8.8.8:2 | Test-FlowRoute -Route 100.64.0.0/10
        $verdicts | ForEach-Object Address | Should -Be '100.64.0.1', '8.8.8.8'
        $verdicts.Class | Should -Be 'Tunnel', 'Outside'
    }

    It 'says that a file is given where a name is wanted' {
        Set-Content TestDrive:/a.pcap x
        $file = (Get-Item TestDrive:/a.pcap).FullName
        $null = Test-FlowRoute 1.1.1.1 -Name $file -Route 10.0.0.0/8 -ErrorVariable errors -ErrorAction SilentlyContinue
        "$($errors[0])" | Should -BeLike '*is a file*-Path*'
    }

    It 'tells class and reason, and goes on after one that is none' {
        $verdicts = '100.64.0.2', '127.1', '192.168.7.1', '8.8.8.8' |
            Test-FlowRoute -Route 100.64.0.2, 192.168.7.0/24 -ErrorVariable errors -ErrorAction SilentlyContinue
        $verdicts.Class | Should -Be 'Tunnel', 'Subnet', 'Outside'
        $verdicts[1].Reason | Should -BeLike 'by 192.168.7.0/24*'
        $verdicts | Out-String | Should -Match '100.64.0.2 +Tunnel'
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'InvalidAddress,*'
        $errors[0].TargetObject | Should -Be '127.1'
    }

    It 'shows no text that commands a terminal' {
        $name = "TestDrive:/a`e[31m$([char] 0x202e).txt"
        { Test-FlowRoute 1.1.1.1 -RouteFile $name } | Should -Throw -ErrorId 'RouteFileNotFound,*'
        "$($Error[0])" | Should -Match ([regex]::Escape('a\x1b[31m\u202e.txt'))
        "$($Error[0])" | Should -Not -Match "[`e$([char] 0x202e)]"
    }

    It 'says why a route to the Internet does not count' {
        $halves = '0.0.0.0/1', '128.0.0.0/1', '11.0.0.0/8'
        $verdict = Test-FlowRoute 11.2.3.4 -Route $halves
        $verdict.Class | Should -Be 'Outside'
        $verdict.Reason | Should -BeLike 'in no route that counts: 11.0.0.0/8 *100 % of all public IPv4 addresses)'
        (Get-FlowRoute -Route $halves).Counts | Should -Not -Contain $true
    }

    It 'takes the routes of -RouteDevice' {
        (Test-FlowRoute 127.0.0.1 -RouteDevice lo).Class | Should -Be 'Tunnel'
        (Test-FlowRoute 127.0.0.1 -RouteDevice 'l[o]').Class | Should -Be 'Tunnel'
        (Test-FlowRoute 127.0.0.1 -Route 10.0.0.0/8 -RouteDevice 'nosuch*').Class | Should -Be 'Outside'
        { Test-FlowRoute 127.0.0.1 -RouteDevice nosuch0 } | Should -Throw -ErrorId 'DeviceNotFound,*'
    }

    It 'says once that a device is missing, and nothing of a wildcard' {
        $null = Test-FlowRoute 1.1.1.1 -Name nosuch0, 'nosuch*' -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
    }

    It 'needs routes' {
        { Test-FlowRoute 1.1.1.1 } | Should -Throw -ErrorId 'NoRoutes,*'
    }
}

Describe 'ConvertFrom-NetLogMessage' {
    BeforeAll {
        $json = & {
            Get-Flow 100.64.0.1:1 100.64.0.2:22 -Bytes 18446744073709551615 -Class Virtual
            Get-Flow 100.64.0.1:2 192.168.7.9:80 -Class Subnet -Minute 1
        } | ConvertTo-NetLogMessage -SchemaVersion 2 -NodeId n1 -AsJson
        $folder = (Get-Item TestDrive:/).FullName.TrimEnd('/')
        Set-Content TestDrive:/log.jsonl $json
        $file = [IO.File]::Create("$folder/log.jsonl.gz")
        $gzip = [IO.Compression.GZipStream]::new($file, [IO.Compression.CompressionMode]::Compress)
        $bytes = [Text.Encoding]::UTF8.GetBytes(($json -join "`n"))
        $gzip.Write($bytes, 0, $bytes.Length)
        $gzip.Dispose()
    }

    It 'reads lines of the pipeline, exactly' {
        $messages = $json | ConvertFrom-NetLogMessage
        $messages | Should -HaveCount 2
        $messages[0].NodeId | Should -Be 'n1'
        $messages[0].VirtualTraffic[0].TxBytes | Should -Be ([ulong]::MaxValue)
        $messages | ConvertTo-Json -Depth 6 | Should -Not -BeNullOrEmpty
    }

    It 'reads a message that is spread over lines, in an envelope' {
        $text = '{"logs":[' + ($json -join ',') + '], "other": {"x": [1, 2]}}' -replace '([,\[{])', "`$1`n"
        ($text -split "`n").Count | Should -BeGreaterThan 10
        ($text -split "`n" | ConvertFrom-NetLogMessage).Count | Should -Be 2
    }

    It 'hands out flows with class, node and window' {
        $flows = $json | ConvertFrom-NetLogMessage -Flow
        ($flows | Group-Object Class).Name | Should -Be 'Virtual', 'Subnet'
        $flows.Node | Should -Be 'n1', 'n1'
        $flows[1].Start | Should -Be ([DateTime]::new(2026, 1, 2, 3, 1, 0, [DateTimeKind]::Utc))
        $flows[1].Source | Should -Be 'pipeline'
        ($flows | ConvertTo-NetLogMessage -SchemaVersion 2 -AsJson) | Should -Be $json
    }

    It 'reads files by <Name>' -ForEach @(
        @{ Name = 'wildcard'; With = @{ Path = 'TestDrive:/log.*' }; Count = 4 }
        @{ Name = 'literal path'; With = @{ LiteralPath = 'TestDrive:/log.jsonl.gz' }; Count = 2 }
        @{ Name = 'a wildcard that matches nothing'; With = @{ Path = 'TestDrive:/no*' }; Count = 0 }
    ) {
        @(ConvertFrom-NetLogMessage @With -ErrorAction Stop) | Should -HaveCount $Count
    }

    It 'reads the lines that Get-Content gives, and not their file' {
        Get-Content TestDrive:/log.jsonl | ConvertFrom-NetLogMessage | Should -HaveCount 2
        Get-Content TestDrive:/log.jsonl -First 1 | ConvertFrom-NetLogMessage | Should -HaveCount 1
        ConvertFrom-NetLogMessage (Get-Content TestDrive:/log.jsonl) | Should -HaveCount 2
    }

    It 'reads what Get-ChildItem finds' {
        $flows = Get-ChildItem TestDrive:/log.jsonl | ConvertFrom-NetLogMessage -Flow
        $flows.Source | Should -Be "$folder/log.jsonl", "$folder/log.jsonl"
    }

    It 'says where text is wrong, and goes on' {
        $bad = $json[0], '{"virtualTraffic":[{"proto":6,"txBytes":-1}]}', 'nonsense', $json[1]
        $messages = $bad | ConvertFrom-NetLogMessage -ErrorVariable errors -ErrorAction SilentlyContinue
        $messages | Should -HaveCount 2
        $errors | Should -HaveCount 2
        $errors.FullyQualifiedErrorId | ForEach-Object { $_ | Should -BeLike 'InvalidNetLogMessage,*' }
        $errors[0].Exception.Line | Should -Be 2
        $errors.TargetObject | Should -Be $bad[1], $bad[2]
        $errors[0].Exception.Path | Should -BeLike '*virtualTraffic`[0`].txBytes'
        $errors[1].Exception.Line | Should -Be 3
    }

    It 'reports five errors of <Of>, and the number of the others' -ForEach @(
        @{ Of = 'a file'; Name = 'page.html'; Read = { ConvertFrom-NetLogMessage -Path $page @quiet } }
        @{ Of = 'text'; Name = 'pipeline'; Read = { Get-Content $page | ConvertFrom-NetLogMessage @quiet } }
    ) {
        $page = "$folder/page.html"
        1..20 | ForEach-Object { "<tr><td>$_</td>" } | Set-Content $page
        $quiet = @{ ErrorAction = 'SilentlyContinue'; ErrorVariable = 'caught' }
        . $Read | Should -BeNullOrEmpty
        $caught | Should -HaveCount 6
        $caught.FullyQualifiedErrorId | ForEach-Object { $_ | Should -BeLike 'InvalidNetLogMessage,*' }
        "$($caught[5])" | Should -BeLike "*${Name}: 15 further errors are not shown."
    }

    It 'takes null for nothing' {
        ConvertFrom-NetLogMessage $null | Should -BeNullOrEmpty
        $null, '' | ConvertFrom-NetLogMessage | Should -BeNullOrEmpty
    }

    It 'refuses <Id>' -ForEach @(
        @{ Id = 'FileNotFound'; Path = 'TestDrive:/no.jsonl' }
        @{ Id = 'PathIsDirectory'; Path = 'TestDrive:/' }
        @{ Id = 'NotAFilePath'; Path = 'Env:/PATH' }
    ) {
        $null = ConvertFrom-NetLogMessage -LiteralPath $Path -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'is shown as a table of totals and connections' {
        $lines = ($json | ConvertFrom-NetLogMessage | Out-String -Width 200) -split "`n"
        $lines -match '^VirtualTraffic:' | Should -HaveCount 1
        $lines -match '^    TCP: 100\.64\.0\.1:1 ->' | Should -HaveCount 1
        $lines -match '^NodeID: +n1' | Should -HaveCount 2
    }

    It 'needs no more memory for a large file' {
        $lines = [string[]] (1..2000 | ForEach-Object { $json[0] })
        $large = "$folder/large.jsonl"
        1..20 | ForEach-Object { [IO.File]::AppendAllLines($large, $lines) }
        $count = 0
        $before = [GC]::GetTotalMemory($true)
        ConvertFrom-NetLogMessage -Path $large | ForEach-Object { $count++ }
        $count | Should -Be 40000
        [GC]::GetTotalMemory($true) - $before | Should -BeLessThan 20MB
    }
}
