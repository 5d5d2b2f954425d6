BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $noLab = -not (Test-Lab)
    $noNames = $noLab -or -not (Get-Command ip -ErrorAction Ignore)
    $noUser = $noLab -or -not (Get-Command setpriv -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
}

Describe 'Get-TunDeviceStats' {
    Context 'selecting' {
        It 'adds link and queue with -Detailed' {
            $stats = Get-TunDeviceStats lo -Detailed
            $stats.GetType().FullName | Should -Be 'TunStats.Links.DetailedLinkStats'
            $stats -is [TunStats.Links.RtnlLinkStats64] | Should -BeTrue
            $stats.Mtu | Should -BeGreaterThan 0
            $stats.Qdisc | Should -Be 'noqueue'
            $stats.PSObject.Properties.Name | Should -Contain 'QdiscDrops'
            (Get-TunDeviceStats lo).PSObject.Properties.Name | Should -Not -Contain 'Mtu'
        }

        It 'shows link and queue in a table that fits 80 columns, and in a list' {
            $stats = Get-TunDeviceStats lo -Detailed
            $lines = ($stats | Out-String -Width 80) -split "`n" | Where-Object { $_.Trim() }
            $lines[0].Trim() | Should -Match '^Name +Kind +State +Mtu +Qdisc +Backlog +QDrop +TxDrop$'
            $lines[-1] | Should -Match "^lo +loopback +\w+ +$($stats.Mtu) +noqueue( +0 B +0)? +0`$"
            $list = $stats | Format-List | Out-String
            $list | Should -Match "(?m)^Mtu +: $($stats.Mtu)\r?$"
            $list | Should -Match '(?m)^QdiscDrops +:'
            $list | Should -Match '(?m)^RxBytes +: \d'
        }

        It 'shows rates between two looks with -Rate <_>' -ForEach 0.1, '00:00:00.2' {
            $samples = @(Get-TunDeviceStats lo -Rate $_)
            $samples | Should -HaveCount 1
            $samples[0].GetType().FullName | Should -Be 'TunStats.Polling.LinkSample'
            $samples[0].TxDroppedPerSecond | Should -BeOfType [double]
            $samples[0].Elapsed.TotalSeconds | Should -BeGreaterOrEqual 0.1
        }

        It 'looks twice at all that the pipeline names, and waits once' {
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $samples = 1..5 | ForEach-Object { 'lo' } | Get-TunDeviceStats -Rate 1
            $samples | Should -HaveCount 5
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 4
            { Get-TunDeviceStats lo -Rate 0.01 } | Should -Throw -ErrorId 'InvalidPollerOption*'
        }

        It 'reads one interface by name' {
            $stats = Get-TunDeviceStats lo
            $stats | Should -HaveCount 1
            $stats.GetType().FullName | Should -Be 'TunStats.Links.RtnlLinkStats64'
            $stats.Name | Should -Be 'lo'
            $stats.Index | Should -Be 1
            $stats.Kind | Should -Be 'loopback'
            $stats.RxBytes | Should -BeOfType [ulong]
            $stats.Timestamp.Kind | Should -Be 'Utc'
        }

        It 'shows only tunnels without a name' {
            $all = Get-TunDeviceStats -All
            $all.Name | Should -Contain 'lo'
            Get-TunDeviceStats | Where-Object Name -EQ 'lo' | Should -BeNullOrEmpty
        }

        It 'reads by index' {
            (Get-TunDeviceStats -InterfaceIndex 1).Name | Should -Be 'lo'
        }

        It 'takes wildcards, and is silent where none matches' {
            (Get-TunDeviceStats 'l[o]').Name | Should -Be 'lo'
            Get-TunDeviceStats 'nothing*' -ErrorVariable errors | Should -BeNullOrEmpty
            $errors | Should -BeNullOrEmpty
        }

        It 'tells upper from lower case, as the kernel does' {
            Get-TunDeviceStats 'L*' | Where-Object Name -CEQ 'lo' | Should -BeNullOrEmpty
        }

        It 'takes names from the pipeline by value' {
            ('lo', 'l?' | Get-TunDeviceStats).Name | Should -Be 'lo', 'lo'
        }

        It 'takes names from the pipeline by the property <_>' -ForEach 'Name', 'InterfaceName', 'IfName', 'Device' {
            ([pscustomobject]@{ $_ = 'lo' } | Get-TunDeviceStats).Name | Should -Be 'lo'
        }

        It 'takes its own objects' {
            (Get-TunDeviceStats lo | Get-TunDeviceStats).Index | Should -Be 1
        }

        It 'refuses -All beside a name' {
            { Get-TunDeviceStats -Name lo -All } | Should -Throw -ErrorId 'AmbiguousParameterSet*'
        }

        It 'refuses an empty name' {
            { Get-TunDeviceStats '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        }
    }

    Context 'errors' {
        It 'says which name is not there, and goes on with the others' {
            $found = Get-TunDeviceStats nosuch0, lo -ErrorVariable errors -ErrorAction SilentlyContinue
            $found.Name | Should -Be 'lo'
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
            $errors[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $errors[0].TargetObject | Should -Be 'nosuch0'
            $errors[0].Exception.Message | Should -BeLike "*'nosuch0'*"
        }

        It 'says that <Name> is not a wildcard' -ForEach @(@{ Name = '[a' }, @{ Name = 'a[]' }) {
            $null = Get-TunDeviceStats $Name -ErrorVariable errors -ErrorAction SilentlyContinue
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
            $errors[0].Exception.Message | Should -BeLike "*A wildcard needs a ']'*"
        }

        It 'says that an index is not there' {
            Get-TunDeviceStats -InterfaceIndex 999999, 1 -ErrorVariable errors -ErrorAction SilentlyContinue |
                Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
            $errors[0].TargetObject | Should -Be 999999
        }

        It 'says why <Name> is not a name' -ForEach @(
            @{ Name = 'x' * 128; Why = '*128 bytes*' }
            @{ Name = 'a/b'; Why = '*slash*' }
            @{ Name = 'a b'; Why = '*blank*' }
            @{ Name = 'ü' * 64; Why = '*bytes*' }
        ) {
            Get-TunDeviceStats $Name, lo -ErrorVariable errors -ErrorAction SilentlyContinue | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'InvalidDeviceName,*'
            $errors[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
            $errors[0].Exception.Message | Should -BeLike $Why
        }

        It 'ends with <Id> for the namespace <Namespace>' -ForEach @(
            @{ Namespace = 'no-such-namespace'; Id = 'NetworkNamespaceNotFound'; Category = 'ObjectNotFound' }
            @{ Namespace = '/no/such/file'; Id = 'NetworkNamespaceNotFound'; Category = 'ObjectNotFound' }
            @{ Namespace = '4194305'; Id = 'NetworkNamespaceNotFound'; Category = 'ObjectNotFound' }
            @{ Namespace = '/etc/passwd'; Id = 'NotANetworkNamespace'; Category = 'InvalidArgument' }
        ) {
            $caught = { Get-TunDeviceStats lo -NetworkNamespace $Namespace } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $caught.CategoryInfo.Category | Should -Be $Category
            $caught.TargetObject | Should -Be $Namespace
        }

        It 'may not enter the namespace of another user' -Skip:$noUser {
            $lab = Open-Lab
            $copy = Join-Path ([IO.Path]::GetTempPath()) "tunstats-$([guid]::NewGuid())"
            try {
                Copy-Item $env:TUNSTATS_MODULE $copy -Recurse
                chmod -R a+rX $copy
                $pwsh = (Get-Process -Id $PID).Path
                $script = "Import-Module $copy/TunStats.psd1; (Get-TunDeviceStats lo).Name"
                $script += "; try { Get-TunDeviceStats -NetworkNamespace $($lab.Id) } "
                $script += 'catch { $_.FullyQualifiedErrorId }'
                $user = '--reuid', '65534', '--regid', '65534', '--clear-groups'
                $told = setpriv @user env HOME=/tmp $pwsh -NoProfile -Command $script
                $told[0] | Should -Be 'lo'
                $told[1] | Should -BeLike 'NetworkNamespace[UD]*'
            } finally {
                Close-Lab $lab
                Remove-Item $copy -Recurse -Force
            }
        }
    }

    Context 'a tunnel that drops packets' -Skip:$noLab {
        BeforeAll { $lab = Open-Lab tailscale0 }
        AfterAll { Close-Lab $lab }

        It 'is seen in its namespace, with its kind and its drops' {
            $stats = Get-TunDeviceStats -NetworkNamespace $lab.Id
            $stats.Name | Should -Be 'tailscale0'
            $stats.Kind | Should -Be 'tun'
            $stats.TxDropped | Should -BeGreaterOrEqual 1500
        }

        It 'answers the question that it is for' {
            (Get-TunDeviceStats tailscale0 -NetworkNamespace $lab.Id | Select-Object TxDropped).TxDropped |
                Should -BeGreaterOrEqual 1500
            (Get-TunDeviceStats -NetworkNamespace $lab.Id | Measure-Object TxDropped -Sum).Sum |
                Should -BeGreaterOrEqual 1500
        }

        It 'is reached by the path of its namespace' {
            (Get-TunDeviceStats tail* -NetworkNamespace "/proc/$($lab.Id)/ns/net").Name | Should -Be 'tailscale0'
        }

        It 'leaves every thread of this process where it was' {
            $null = Get-TunDeviceStats -NetworkNamespace $lab.Id
            # A thread may end between the listing and the look.
            $spaces = Get-ChildItem /proc/$PID/task |
                ForEach-Object { Get-Item "$_/ns/net" -ErrorAction Ignore } |
                ForEach-Object LinkTarget
            $spaces | Should -Not -BeNullOrEmpty
            $spaces | Sort-Object -Unique | Should -HaveCount 1
        }

        It 'is not seen from here' {
            Get-TunDeviceStats tailscale0 -ErrorVariable errors -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
        }

        It 'is completed with kind and state, in the namespace that the command names' {
            $line = "Get-TunDeviceStats -NetworkNamespace $($lab.Id) -Name tail"
            $found = (TabExpansion2 $line $line.Length).CompletionMatches
            $found.CompletionText | Should -Be 'tailscale0'
            $found.ToolTip | Should -Be 'tailscale0: tun, up, MTU 1500'
        }
    }

    Context 'a namespace with a name' -Skip:$noNames {
        BeforeAll {
            $space = "tunstats-test-$PID"
            ip netns add $space
        }

        AfterAll { ip netns delete $space }

        It 'is read by its name' {
            (Get-TunDeviceStats -All -NetworkNamespace $space).Name | Should -Contain 'lo'
        }

        It 'is completed' {
            $line = 'Get-TunDeviceStats -NetworkNamespace tunstats-test'
            $found = (TabExpansion2 $line $line.Length).CompletionMatches
            $found.CompletionText | Should -Contain $space
        }
    }

    Context 'completion' {
        It 'offers names' {
            $line = 'Get-TunDeviceStats l'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'lo'
        }

        It 'keeps quiet where a namespace is wrong' {
            $line = 'Get-TunDeviceStats -NetworkNamespace no-such -Name l'
            $found = (TabExpansion2 $line $line.Length).CompletionMatches |
                Where-Object ResultType -EQ ParameterValue
            $found | Should -BeNullOrEmpty
        }
    }

    Context 'going on in the pipeline' {
        It 'becomes JSON and comes back' {
            $json = Get-TunDeviceStats lo | ConvertTo-Json | ConvertFrom-Json
            $json.Name | Should -Be 'lo'
            $json.PSObject.Properties.Name | Should -HaveCount 29
        }

        It 'becomes CSV with a column for each counter' {
            $csv = Get-TunDeviceStats lo | ConvertTo-Csv | ConvertFrom-Csv
            $csv.Kind | Should -Be 'loopback'
            $csv.PSObject.Properties.Name | Should -Contain 'TxDropped'
        }

        It 'is sorted by its numbers' {
            $sorted = Get-TunDeviceStats -All | Sort-Object RxBytes
            [ulong[]] $sorted.RxBytes | Should -Be ([ulong[]] ($sorted.RxBytes | Sort-Object))
        }

        It 'offers its drops as one property set' {
            (Get-TunDeviceStats lo | Select-Object Name, Drops).PSObject.Properties.Name | Should -Be @(
                'Name', 'RxDropped', 'TxDropped', 'RxMissedErrors', 'RxNoHandler', 'RxOtherHostDropped')
        }

        It 'stops asking when the pipeline has enough' {
            (Get-TunDeviceStats -All | Select-Object -First 1) | Should -HaveCount 1
        }
    }

    Context 'views' {
        It 'shows a table that fits <_> columns' -ForEach 80, 100 {
            $lines = (Get-TunDeviceStats -All | Out-String -Width $_) -split "`n" | Where-Object { $_.Trim() }
            $lines[0] | Should -Match '^Name +Kind +Rx +Tx +RxPkts +TxPkts +Errors +RxDrop +TxDrop'
            ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual $_
        }

        It 'writes <Count> packets as <Text>' -ForEach @(
            @{ Count = 0; Text = '0' }
            @{ Count = 999999; Text = '999999' }
            @{ Count = 1000000; Text = '1.00M' }
            @{ Count = 12345678; Text = '12.3M' }
            @{ Count = [ulong]::MaxValue; Text = '18.4E' }
        ) {
            [TunStats.PowerShell.Display.DisplayText]::Count($Count) | Should -Be $Text
        }

        It 'shows a list with everything' {
            $text = Get-TunDeviceStats lo | Format-List | Out-String
            foreach ($property in [TunStats.Links.RtnlLinkStats64].GetProperties().Name) {
                $text | Should -Match "(?m)^$property +:"
            }
        }

        It 'keeps its view as a deserialised object' {
            $back = [Management.Automation.PSSerializer]::Deserialize(
                [Management.Automation.PSSerializer]::Serialize((Get-TunDeviceStats lo)))
            $back.PSObject.TypeNames[0] | Should -Be 'Deserialized.TunStats.Links.RtnlLinkStats64'
            $back | Out-String -Width 100 | Should -Match 'TxDrop'
        }

        It 'keeps its view when it comes from another process' {
            $module = "$env:TUNSTATS_MODULE/TunStats.psd1"
            $job = Start-Job { Import-Module $using:module; Get-TunDeviceStats lo }
            $back = $job | Receive-Job -Wait -AutoRemoveJob
            $back.PSObject.TypeNames[0] | Should -Be 'Deserialized.TunStats.Links.RtnlLinkStats64'
            $back.RxBytes | Should -BeOfType [ulong]
            $back | Out-String -Width 100 | Should -Match 'TxDrop'
        }

        It 'lets a drop stand out on a terminal and nowhere else' {
            $stats = [TunStats.Links.RtnlLinkStats64]
            $payload = [byte[]]::new(200)
            [BitConverter]::GetBytes([ulong] 7).CopyTo($payload, 56)
            $counters = [TunStats.Links.LinkCounters]::Parse($payload)
            $drops = $stats::new('tun0', 7, 'tun', [datetime]::UtcNow, $counters)
            $before = $PSStyle.OutputRendering
            try {
                $PSStyle.OutputRendering = 'Ansi'
                $drops | Out-String -Width 100 | Should -Match ([regex]::Escape($PSStyle.Foreground.BrightYellow) + '7')
                $PSStyle.OutputRendering = 'PlainText'
                $drops | Out-String -Width 100 | Should -Not -Match "`e"
            } finally {
                $PSStyle.OutputRendering = $before
            }
        }

        It 'writes plain text where NO_COLOR is set' {
            $build = '[TunStats.Links.RtnlLinkStats64]::new("tun0", 7, "tun", [datetime]::UtcNow,'
            $build += '[TunStats.Links.LinkCounters]::Parse([byte[]] (,1 * 192)))'
            $script = "Import-Module $env:TUNSTATS_MODULE/TunStats.psd1; $build | Out-String"
            Invoke-CleanPwsh "`$PSStyle.OutputRendering = 'Ansi'; $script" | Out-String | Should -Match "`e\[93m"
            $env:NO_COLOR = 1
            try {
                Invoke-CleanPwsh $script | Out-String | Should -Not -Match "`e\[93m"
            } finally {
                Remove-Item env:NO_COLOR
            }
        }

        It 'writes plain text where the output of the process is redirected' {
            $build = '[TunStats.Links.RtnlLinkStats64]::new("tun0", 7, "tun", [datetime]::UtcNow,'
            $build += '[TunStats.Links.LinkCounters]::Parse([byte[]] (,1 * 192)))'
            $text = Invoke-CleanPwsh "Import-Module $env:TUNSTATS_MODULE/TunStats.psd1; $build" | Out-String
            $text | Should -Match 'tun0'
            $text | Should -Not -Match "`e\[93m"
        }

        It 'writes <Bytes> bytes as <Text>' -ForEach @(
            @{ Bytes = 0; Text = '0 B' }
            @{ Bytes = 1023; Text = '1023 B' }
            @{ Bytes = 1024; Text = '1.00 KiB' }
            @{ Bytes = 10240; Text = '10.0 KiB' }
            @{ Bytes = 1048575; Text = '1024 KiB' }
            @{ Bytes = 5000000000; Text = '4.66 GiB' }
            @{ Bytes = [ulong]::MaxValue; Text = '16.0 EiB' }
        ) {
            [TunStats.PowerShell.Display.DisplayText]::Bytes($Bytes) | Should -Be $Text
        }
    }

    Context 'resources' {
        It 'leaves no descriptor and no thread behind' {
            $null = 1..20 | ForEach-Object { Get-TunDeviceStats lo }
            [GC]::Collect()
            $before = @(Get-ChildItem /proc/$PID/fd).Count
            $null = 1..200 | ForEach-Object { Get-TunDeviceStats lo; Get-TunDeviceStats x -ErrorAction Ignore }
            @(Get-ChildItem /proc/$PID/fd).Count | Should -BeLessOrEqual ($before + 5)
        }

        It 'closes its socket when the pipeline is stopped early' {
            $before = @(Get-ChildItem /proc/$PID/fd).Count
            $null = 1..100 | ForEach-Object { Get-TunDeviceStats -All | Select-Object -First 1 }
            @(Get-ChildItem /proc/$PID/fd).Count | Should -BeLessOrEqual ($before + 5)
        }
    }
}
