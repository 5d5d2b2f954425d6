BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $noLab = -not (Test-Lab)
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"

    function Get-Flow {
        # A flow from its properties, as scripts make one.
        param([hashtable] $With = @{})

        $all = @{
            Proto     = 'UDP'
            Src       = '100.64.0.1:53'
            Dst       = '100.64.0.2:5353'
            Start     = [datetime] '2026-01-02T03:00:00Z'
            End       = [datetime] '2026-01-02T03:00:05Z'
            TxPackets = 1
            TxBytes   = 1536
            Source    = 'wg0'
            Class     = 'Virtual'
        }
        foreach ($key in $With.Keys) {
            $all[$key] = $With[$key]
        }

        [TunStats.Flows.TupleCounts] $all
    }

    function Copy-Object {
        # What another process or a file gives back.
        process {
            $text = [Management.Automation.PSSerializer]::Serialize($_)
            [Management.Automation.PSSerializer]::Deserialize($text)
        }
    }

    function Get-OwnProperty {
        # The properties that the object's type declares.
        param($InputObject)

        $InputObject.GetType().GetProperties().Name | Sort-Object
    }

    function Get-SerializedProperty {
        # The properties that the types file keeps.
        param($InputObject)

        (Get-TypeData $InputObject.GetType().FullName).PropertySerializationSet.ReferencedProperties | Sort-Object
    }

    function Get-Message {
        Get-Flow | ConvertTo-NetLogMessage -NodeId n1 -SchemaVersion 2
    }
}

Describe 'A path that changed' {
    BeforeAll {
        $change = [TunStats.Peers.PeerPathChange] @{
            Timestamp       = [datetime]::new(2026, 1, 2, 3, 4, 5, [DateTimeKind]::Utc)
            Device          = 'tailscale0'
            Name            = 'a.lab.ts.net'
            PublicKey       = 'nodekey:1'
            PreviousPath    = 'Direct'
            PreviousVia     = '192.0.2.1:41641'
            PreviousSince   = [datetime]::new(2026, 1, 2, 3, 0, 5, [DateTimeKind]::Utc)
            PreviousRxBytes = 5000
            PreviousTxBytes = 7
            Path            = 'Derp'
            Via             = 'fra'
        }
    }

    It 'has a view that fits 80 columns, also from another process' {
        $row = '(?m)^03:04:05Z +a +192\.0\.2\.1:41641 +4 min +4\.89 KiB +Derp fra\s*$'
        $change | Out-String -Width 80 | Should -Match $row
        $change | Copy-Object | Out-String -Width 80 | Should -Match $row
    }

    It 'keeps its properties from another process' {
        Get-SerializedProperty $change | Should -Be (Get-OwnProperty $change)
    }

    It 'is a sentence in text' {
        "$change" | Should -BeLike 'The path to peer a.lab.ts.net of tailscale0 changed from Direct * to Derp fra, *'
    }
}

Describe 'A flow with names' {
    It 'keeps them from another process and with another class' {
        $flow = Get-Flow @{ SrcName = 'a'; DstName = '' }
        $flow.SrcName | Should -Be 'a'
        $flow.DstName | Should -BeNullOrEmpty
        $copy = [TunStats.Flows.TupleCounts] ($flow | Copy-Object)
        $copy.SrcName | Should -Be 'a'
        $copy.WithClass('Exit').SrcName | Should -Be 'a'
    }

    It 'keeps its process and shows it beside the name' {
        $flow = Get-Flow @{ ProcessName = 'curl'; ProcessId = 4711; DstName = 'b.lab.ts.net' }
        $flow.PSObject.TypeNames.Insert(0, 'TunStats.Flows.TupleCounts#Processes')
        $copy = [TunStats.Flows.TupleCounts] ($flow | Copy-Object)
        $copy.ProcessName, $copy.ProcessId | Should -Be 'curl', 4711
        foreach ($text in $flow, ($flow | Copy-Object) | Out-String -Width 100) {
            $text | Should -Match 'Rx +Process\s'
            $text | Should -Match 'b\.lab\.ts\.net:\d+ .* 4711/curl'
        }
    }

    It 'has a column with the name of the other side where names are asked for' {
        $text = Get-FlowTraffic lo -ResolveNames -Duration 0.2 | Out-String -Width 100
        $flow = Get-Flow @{ DstName = 'b.lab.ts.net' }
        $flow.PSObject.TypeNames.Insert(0, 'TunStats.Flows.TupleCounts#Names')
        $text += $flow | Out-String -Width 100
        $text | Should -Match 'Rx +DstName'
        $text | Should -Match 'b\.lab\.ts\.net'
    }
}

Describe 'Every object' {
    It 'has properties of types that PowerShell knows: <Name>' -ForEach @(
        @{ Name = 'flow'; Make = { Get-Flow } }
        @{ Name = 'group'; Make = { [TunStats.Flows.FlowGroup] } }
        @{ Name = 'route'; Make = { Get-FlowRoute -Route 10.0.0.0/8 } }
        @{ Name = 'verdict'; Make = { Test-FlowRoute 10.0.0.1 -Route 10.0.0.0/8 } }
        @{ Name = 'message'; Make = { Get-Message } }
        @{ Name = 'entry'; Make = { (Get-Message).VirtualTraffic[0] } }
        @{ Name = 'node'; Make = { [TunStats.Classes.NetLogNode] @{ NodeId = 'n1' } } }
        @{ Name = 'counters'; Make = { Get-TunDeviceStats lo } }
        @{ Name = 'details'; Make = { Get-TunDeviceStats lo -Detailed } }
    ) {
        $own = 'TunStats.Flows.NatTuple', 'TunStats.Routes.FlowRoute', 'TunStats.Classes.NetLogNode',
        'TunStats.NetLog.ConnectionCounts'
        $plain = [string], [bool], [int], [uint], [long], [ulong], [double], [datetime], [timespan]
        $made = & $Make
        $type = $made -is [type] ? $made : $made.GetType()
        foreach ($property in $type.GetProperties()) {
            $type = [Nullable]::GetUnderlyingType($property.PropertyType) ?? $property.PropertyType
            $isList = $type.IsGenericType
            $type = $isList ? $type.GetGenericArguments()[0] : $type
            # An object of the module in an object is shown by its name; a list holds such objects or texts.
            $isKnown = $type -in $plain -or $type.IsEnum -or $type.FullName -in $own
            $isKnown | Should -BeTrue -Because "$($property.Name) is a $type"
        }
    }
}

Describe 'The text of an object' {
    It 'is written for people, not by the compiler: <_>' -ForEach @(
        & {
            # All that cmdlets emit, with the types of their properties. A job's text is PowerShell's own.
            $assemblies = 'TunStats.Core', 'TunStats.PowerShell'
            $types = [Collections.Generic.List[type]]::new()
            $commands = Get-Command -Module TunStats
            foreach ($command in $commands.ImplementingType) {
                $outputs = $command.GetCustomAttributes([Management.Automation.OutputTypeAttribute], $true)
                $types.AddRange([type[]] @($outputs.Type.Type))
            }

            for ($i = 0; $i -lt $types.Count; $i++) {
                foreach ($property in $types[$i].GetProperties()) {
                    $type = $property.PropertyType
                    $type = $type.IsGenericType ? $type.GetGenericArguments()[-1] : $type
                    if ($type.Assembly.GetName().Name -in $assemblies -and $type -notin $types) {
                        $types.Add($type)
                    }
                }
            }

            $types | Where-Object {
                $_.Assembly.GetName().Name -in $assemblies -and -not $_.IsEnum -and
                -not $_.IsSubclassOf([Management.Automation.Job])
            } | Sort-Object FullName -Unique
        }
    ) {
        $method = $_.GetMethod('ToString', [type]::EmptyTypes)
        $method.DeclaringType.Assembly | Should -Be $_.Assembly
        $generated = [Runtime.CompilerServices.CompilerGeneratedAttribute]
        $method.GetCustomAttributes($generated, $false) | Should -BeNullOrEmpty
    }

    It 'is one line for what a logger has done' {
        $drops = [TunStats.Export.SinkDrops]::new(3, 0, 0, 2)
        "$drops" | Should -Be '5 (3 QueueFull, 2 Stopped)'
        "$([TunStats.Export.SinkDrops]::new(0, 0, 0, 0))" | Should -Be '0'
        $message = Get-Message
        "$message" | Should -Be '2026-01-02T03:00:00Z to 2026-01-02T03:00:05Z: 1 connection'
    }
}

Describe 'A flow' {
    BeforeAll { $flow = Get-Flow }

    It 'is compared, cast and looked up by plain values' {
        $flow.Proto -eq 'udp' | Should -BeTrue
        [int] $flow.ProtoNumber | Should -Be 17
        "$($flow.SourceAddress)" | Should -Be '100.64.0.1'
        ([ipaddress] $flow.SourceAddress).AddressFamily | Should -Be 'InterNetwork'
        @{ '100.64.0.2' = 'peer' }[$flow.DestinationAddress] | Should -Be 'peer'
        $flow.Src -eq '100.64.0.1:53' | Should -BeTrue
    }

    It 'is exported as text' {
        $json = $flow | ConvertTo-Json
        $json | Should -Match '"Src": "100\.64\.0\.1:53"'
        $json | Should -Match '"Proto": "UDP"'
        $json | Should -Not -Match 'High|Low|View|Counts'
        $csv = $flow | ConvertTo-Csv
        $csv[1] | Should -Match '^"UDP","17","100\.64\.0\.1:53","100\.64\.0\.2:5353"'
        $csv -join '' | Should -Not -Match '\{'
    }

    It 'is sorted, grouped, made unique and compared' {
        $other = Get-Flow @{ Dst = '100.64.0.3:1'; TxBytes = 1 }
        ($flow, $other | Sort-Object Tx).Dst | Should -Be '100.64.0.3:1', '100.64.0.2:5353'
        @($flow, $other, $flow | Group-Object DestinationAddress | ForEach-Object Count) | Should -Be 2, 1
        $flow, (Get-Flow), $other | Select-Object Src, Dst -Unique | Should -HaveCount 2
        Compare-Object $flow (Get-Flow) -Property Src, Dst, Proto | Should -BeNullOrEmpty
        Compare-Object $flow $other -Property Dst | Should -HaveCount 2
    }

    It 'refuses what is not a flow with a sentence' {
        { Get-Flow @{ Src = '127.1:5' } } | Should -Throw "*Src is '127.1:5', which is not an address with a port*"
        { Get-Flow @{ TimeRange = 'now' } } | Should -Throw "*TimeRange is 'now'*"
        { Get-Flow @{ Proto = 'nonsense' } } | Should -Throw "*Proto is 'nonsense'*"
        { Get-Flow @{ Start = '' } } | Should -Throw '*Start is empty*'
        { Get-Flow @{ End = '2026-01-01' } } | Should -Throw '*cannot end*'
    }
}

Describe 'An object from another process' {
    It 'is kept with every property of its own and nothing else: <Name>' -ForEach @(
        @{ Name = 'flow'; Make = { Get-Flow } }
        @{ Name = 'message'; Make = { Get-Message } }
        @{ Name = 'counters'; Make = { Get-TunDeviceStats lo } }
        @{ Name = 'details'; Make = { Get-TunDeviceStats lo -Detailed } }
        @{ Name = 'sample'; Make = { Start-TunStatsPoller lo -MaxSamples 1 | Receive-Job -Wait -AutoRemoveJob } }
    ) {
        $live = & $Make
        Get-SerializedProperty $live | Should -Be (Get-OwnProperty $live)
        $back = $live | Copy-Object
        $back.PSObject.TypeNames[0] | Should -Be "Deserialized.$($live.GetType().FullName)"
        $back | Out-String -Width 120 | Should -Be ($live | Out-String -Width 120)
        $back | Format-List | Out-String | Should -Not -BeNullOrEmpty
    }

    It 'is a flow to ConvertTo-NetLogMessage and Test-FlowRoute: <Name>' -ForEach @(
        @{ Name = 'serialised'; Way = { $_ | Copy-Object } }
        @{ Name = 'JSON'; Way = { $_ | ConvertTo-Json | ConvertFrom-Json } }
        @{ Name = 'CSV'; Way = { $_ | ConvertTo-Csv | ConvertFrom-Csv } }
        @{ Name = 'Clixml'; Way = { $_ | Export-Clixml TestDrive:/f.xml; Import-Clixml TestDrive:/f.xml } }
    ) {
        $live = Get-Flow @{ RxBytes = [ulong]::MaxValue }
        $back = $live | ForEach-Object $Way
        $back | ConvertTo-NetLogMessage -AsJson | Should -Be ($live | ConvertTo-NetLogMessage -AsJson)
        ($back | Test-FlowRoute -Route 100.64.0.2).Class | Should -Contain 'Tunnel'
    }

    It 'keeps the names of its enums, also in a session without the module' {
        $state = (Get-TunDeviceStats lo -Detailed).OperationalState
        (Get-TunDeviceStats lo -Detailed | Copy-Object).OperationalState | Should -Be "$state"
        Get-Flow | Export-Clixml TestDrive:/enum.xml
        $file = (Get-Item TestDrive:/enum.xml).FullName
        Import-Clixml $file | Where-Object Class -EQ Virtual | Should -HaveCount 1
        [TunStats.Flows.FlowClass] (Import-Clixml $file).Class | Should -Be Virtual
        Invoke-CleanPwsh "(Import-Clixml '$file' | Where-Object Class -EQ Virtual).OpenedBy" | Should -Be 'Unknown'
    }

    It 'keeps its window exactly: <Name>' -ForEach @(
        @{ Name = 'CSV'; Way = { $_ | ConvertTo-Csv | ConvertFrom-Csv } }
        @{ Name = 'CSV of another culture'; Way = {
                [cultureinfo]::CurrentCulture = 'de-DE'
                $csv = $_ | ConvertTo-Csv
                [cultureinfo]::CurrentCulture = 'en-US'
                $csv | ConvertFrom-Csv
            }
        }
        @{ Name = 'JSON'; Way = { $_ | ConvertTo-Json | ConvertFrom-Json } }
        @{ Name = 'serialised'; Way = { $_ | Copy-Object } }
    ) {
        $live = Get-Flow @{ Start = '2026-01-02T03:00:00.1234567Z'; End = '2026-01-02T03:00:00.35Z' }
        $want = $live | ConvertTo-NetLogMessage -AsJson
        $want | Should -BeLike '*"start":"2026-01-02T03:00:00.1234567Z","end":"2026-01-02T03:00:00.35Z"*'
        $old = [cultureinfo]::CurrentCulture
        try {
            $live | ForEach-Object $Way | ConvertTo-NetLogMessage -AsJson | Should -Be $want
        } finally {
            [cultureinfo]::CurrentCulture = $old
        }
    }

    It 'keeps the lists of a message, which prints' {
        $live = Get-Message
        $back = $live | Copy-Object
        $back.VirtualTraffic[0].TxBytes | Should -Be 1536
        $back | Out-String | Should -Be ($live | Out-String)
        $back | Out-String | Should -Match 'UDP: 100\.64\.0\.1:53 -> 100\.64\.0\.2:5353'
    }

    It 'comes back from a job with its nested objects' {
        $text = "Import-Module '$env:TUNSTATS_MODULE/TunStats.psd1'
            Start-TunStatsPoller lo 0.1 -MaxSamples 3 | Receive-Job -Wait -AutoRemoveJob"
        $samples = Start-Job ([scriptblock]::Create($text)) | Receive-Job -Wait -AutoRemoveJob
        $samples | Should -HaveCount 3
        $samples[2].Increase.TxDropped | Should -BeOfType ulong
        $samples[2].Stats.RxBytes | Should -BeOfType ulong
        $samples[0].Event -eq 'First' | Should -BeTrue
        $samples | Select-Object -Last 2 | Where-Object { $_.Increase.TxDropped -gt 0 } | Should -BeNullOrEmpty
        $samples | Sort-Object Rx/s | Out-String -Width 120 | Should -Match '(?m)^\d\d:\d\d:\d\dZ lo '
        $names = $samples[2].PSObject.Properties.Name | Where-Object { $_ -notlike 'PS*' -and $_ -ne 'RunspaceId' }
        $names | Should -Not -Contain 'View'
    }

    It 'is the same in a parallel runspace' {
        Get-Flow | ForEach-Object -Parallel { $_.DestinationAddress } | Should -Be '100.64.0.2'
    }
}

Describe 'A pipeline' {
    It 'says that there is no tunnel, to a person with a warning' -Skip:$noLab {
        $script = "Import-Module '$env:TUNSTATS_MODULE/TunStats.psd1'"
        $typed = unshare --net pwsh -NoProfile -NonInteractive -Command "$script; Get-TunDeviceStats" | Out-String
        $typed | Should -Match 'WARNING: There is no tunnel device'
        $run = unshare --net pwsh -NoProfile -NonInteractive -Command "$script; & { Get-TunDeviceStats }" | Out-String
        $run | Should -BeNullOrEmpty
        $verbose = unshare --net pwsh -NoProfile -NonInteractive -Command "$script
            & { Get-TunDeviceStats -Verbose }" | Out-String
        $verbose | Should -Match 'VERBOSE: There is no tunnel device'
    }

    It 'takes an index by property name, but a name first' {
        ([pscustomobject] @{ ifIndex = 1 } | Get-TunDeviceStats).Name | Should -Be 'lo'
        ([pscustomobject] @{ ifIndex = 999; Name = 'lo' } | Get-TunDeviceStats).Index | Should -Be 1
    }

    It 'takes the device of <Name>' -ForEach @(
        @{ Name = 'a peer, not its host name'; Make = { @{ Device = 'lo'; Name = 'host' } } }
        @{ Name = 'what ip prints'; Make = { '[{"ifindex":1,"ifname":"lo"}]' | ConvertFrom-Json } }
        @{ Name = 'counters'; Make = { Get-TunDeviceStats lo } }
        @{ Name = 'a row of CSV'; Make = { Get-TunDeviceStats lo | ConvertTo-Csv | ConvertFrom-Csv } }
    ) {
        (& $Make | Get-TunDeviceStats).Name | Should -Be 'lo'
        (Get-TunDeviceStats (& $Make)).Name | Should -Be 'lo'
        (& $Make | Start-TunStatsPoller -MaxSamples 1 | Receive-Job -Wait -AutoRemoveJob).Name | Should -Be 'lo'
    }

    It 'takes the name in an object as it is, and wildcards in text' {
        @{ Name = 'l*' } | Get-TunDeviceStats -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
        ('l*' | Get-TunDeviceStats).Name | Should -Contain 'lo'
    }

    It 'refuses an object without a device, and says what is missing' {
        Get-FlowRoute -Route 10.0.0.0/8 | Get-FlowRoute -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'InputObjectNotBound,*'
        { Get-TunDeviceStats @{ a = 1 } } | Should -Throw '*needs a property Name, InterfaceName, IfName or Device*'
        { @{ Device = ''; Name = 'x' } | Get-TunDeviceStats -ErrorAction Stop } | Should -Throw '*Device is empty*'
    }

    It 'starts one poller of all devices' {
        $job = Get-TunDeviceStats lo, lo | Start-TunStatsPoller -SampleInterval 100ms -MaxSamples 2
        $job | Should -HaveCount 1
        $job.SampleInterval | Should -Be ([timespan]::FromSeconds(0.1))
        ($job | Receive-Job -Wait -AutoRemoveJob).SequenceNumber | Should -Be 1, 2
    }

    It 'takes times as tunstats does: <Text>' -ForEach @(
        @{ Text = '1m'; Seconds = 60 }
        @{ Text = '500ms'; Seconds = 0.5 }
        @{ Text = 2; Seconds = 2 }
        @{ Text = '1.5'; Seconds = 1.5 }
        @{ Text = '00:00:03'; Seconds = 3 }
        @{ Text = [timespan]::FromSeconds(4); Seconds = 4 }
    ) {
        $job = Start-TunStatsPoller lo -SampleInterval $Text -MaxSamples 1
        $job.SampleInterval.TotalSeconds | Should -Be $Seconds
        $job | Receive-Job -Wait -AutoRemoveJob | Should -HaveCount 1
    }

    It 'refuses what is not a time with a sentence' {
        { Start-TunStatsPoller lo -SampleInterval abc } | Should -Throw "*'abc' is not a time. Give seconds*"
        { Get-TunDeviceStats lo -Rate 0, 5 } | Should -Throw "*'0,5' is not a time. Give seconds*"
    }

    It 'reads messages that were parsed already: <Name>' -ForEach @(
        @{ Name = 'objects'; Way = { $json | ConvertFrom-Json } }
        @{ Name = 'hashtables'; Way = { $json | ConvertFrom-Json -AsHashtable } }
        @{ Name = 'objects of an envelope'; Way = { ($json | ConvertFrom-Json).logs } }
    ) {
        $line = Get-Flow @{ TxBytes = [ulong]::MaxValue } |
            ConvertTo-NetLogMessage -NodeId n1 -SchemaVersion 2 -AsJson
        $json = "{""logs"":[$line]}"
        (& $Way | ConvertFrom-NetLogMessage -Flow | ConvertTo-NetLogMessage -SchemaVersion 2 -AsJson) |
            Should -Be $line
    }

    It 'reads what ConvertTo-Json makes of messages, as text and from a file' {
        $messages = @(
            Get-Message
            Get-Flow @{ Class = 'Exit'; Proto = 99 } | ConvertTo-NetLogMessage
            Get-Flow @{ Class = 'Exit' } | ConvertTo-NetLogMessage -IncludeExit
        )
        $json = $messages | ConvertTo-Json -Depth 4
        $json | ConvertFrom-NetLogMessage | ConvertTo-Json -Depth 4 | Should -Be $json
        Set-Content TestDrive:/messages.json $json
        ConvertFrom-NetLogMessage -Path TestDrive:/messages.json | ConvertTo-Json -Depth 4 | Should -Be $json
        (ConvertFrom-NetLogMessage -Path TestDrive:/messages.json -Flow).TxBytes | Should -Be 1536, 1536, 1536
    }

    It 'says that CSV holds no messages' {
        $null = Get-Message | ConvertTo-Csv | ConvertFrom-Csv |
            ConvertFrom-NetLogMessage -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'InvalidNetLogMessage,*'
        "$($errors[0])" | Should -BeLike '*CSV holds no lists*'
    }

    It 'says that a flow is not a message' {
        $null = Get-Flow | ConvertTo-Json |
            ConvertFrom-NetLogMessage -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'InvalidNetLogMessage,*'
    }

    It 'gives the flows of messages' {
        $flow = Get-Message | ConvertFrom-NetLogMessage -Flow
        $flow.Dst | Should -Be '100.64.0.2:5353'
        (Get-Message | Copy-Object | ConvertFrom-NetLogMessage -Flow).TxBytes | Should -Be 1536
    }
}

Describe 'A view' {
    It 'groups flows by window and tells times in UTC' {
        $flows = (Get-Flow), (Get-Flow @{ Start = '2026-01-02T03:00:05Z'; End = '2026-01-02T03:00:10Z' })
        $text = $flows | Out-String -Width 120
        $text | Should -Match '(?m)^   Window: 2026-01-02 03:00:00\.000Z to 03:00:05\.000Z, wg0'
        $text | Should -Match '(?m)^   Window: 2026-01-02 03:00:05\.000Z to 03:00:10\.000Z, wg0'
        $flows[0] | Format-List | Out-String | Should -Match '(?m)^Start +: 2026-01-02 03:00:00\.000Z'
        Get-TunDeviceStats lo | Format-List | Out-String |
            Should -Match '(?m)^Timestamp +: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z'
    }

    It 'shows no port where there is none, and long addresses whole' {
        Get-Flow @{ Proto = 'icmp'; Src = '100.64.0.1:0'; Dst = '100.64.0.2:0' } | Out-String -Width 120 |
            Should -Match '(?m)^ICMPv4 100\.64\.0\.1 +100\.64\.0\.2 '
        $long = '[fd7a:115c:a1e0:ab12:4843:cd96:6258:8a13]:54321'
        $lines = (Get-Flow @{ Src = $long; Dst = $long } | Out-String -Width 120) -split "`n"
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 120 }
        $lines -join '' | Should -Not -Match '…'
    }

    It 'fits messages of IPv6 into <Width> columns' -ForEach @(
        @{ Width = 80; Name = 'Narrow' }, @{ Width = 120; Name = 'Medium' }, @{ Width = 160; Name = 'Wide' }
    ) {
        $long = '[fd7a:115c:a1e0:ab12:4843:cd96:6258:8a13]:54321'
        $message = Get-Flow @{ Src = $long; Dst = $long; TxBytes = 1e12 } | ConvertTo-NetLogMessage
        $lines = $message.View.$Name -split "`n"
        $lines | ForEach-Object { $_.Length | Should -BeLessThan $Width }
        ($lines -join "`n").Split($long).Count | Should -Be 3
        # A host without a window shows what fits everywhere.
        $shell = [powershell]::Create().AddScript('Import-Module $args[0]; $args[1] | Out-String -Stream -Width 80')
        $shown = $shell.AddArgument("$env:TUNSTATS_MODULE/TunStats.psd1").AddArgument($message).Invoke()
        $shell.Dispose()
        $shown | ForEach-Object { $_.Length | Should -BeLessThan 80 }
        $shown -match 'Tx\[P/s\]' | Should -HaveCount 1
    }

    It 'shows no protocol where none is known' {
        $flow = Get-Flow @{ Class = 'Exit' } | ConvertTo-NetLogMessage | ConvertFrom-NetLogMessage -Flow
        $flow.Proto | Should -Be 'Unknown'
        $flow | Out-String -Width 120 | Should -Not -Match 'Unkn'
    }

    It 'has columns that are properties: <Name>' -ForEach @(
        @{ Name = 'flow'; Make = { Get-Flow } }
        @{ Name = 'counters'; Make = { Get-TunDeviceStats lo } }
        @{ Name = 'route'; Make = { Get-FlowRoute -Route 10.0.0.0/8 } }
        @{ Name = 'verdict'; Make = { Test-FlowRoute 10.0.0.1 -Route 10.0.0.0/8 } }
    ) {
        $object = & $Make
        $lines = ($object | Out-String -Width 120) -split "`n"
        $rule = (0..($lines.Count - 1) | Where-Object { $lines[$_] -match '^-' })[0]
        foreach ($column in $lines[$rule - 1].Trim() -split ' +') {
            $object.PSObject.Properties[$column] | Should -Not -BeNullOrEmpty -Because $column
        }
    }

    It 'works in a constrained session' {
        $script = "Import-Module '$env:TUNSTATS_MODULE/TunStats.psd1'
            `$message = [TunStats.Flows.TupleCounts] @{ Proto = 6; Src = '1.1.1.1:1'; Dst = '2.2.2.2:2'
                Start = '2026-01-02'; End = '2026-01-03'; TxBytes = 2048 } | ConvertTo-NetLogMessage
            `$flow = `$message.GetFlows()
            `$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
            `$flow | Out-String -Width 120
            `$message | Out-String
            Get-TunDeviceStats lo | Out-String -Width 120"
        $text = Invoke-CleanPwsh $script | Out-String -Width 120
        $text | Should -Match '2\.00 KiB'
        $text | Should -Match 'ExitTraffic:'
        $text | Should -Match '(?m)^lo +loopback +\S+ [KMGT]?i?B'
    }

    It 'shows the same in every culture: <_>' -ForEach 'de-DE', 'tr-TR', 'ar-SA' {
        $want = @(Get-Flow | Out-String -Width 120; Get-Message | Out-String -Width 120)
        $old = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = [cultureinfo] $_
            @(Get-Flow | Out-String -Width 120; Get-Message | Out-String -Width 120) | Should -Be $want
            (Get-Flow | ConvertTo-Csv | ConvertFrom-Csv | ConvertTo-NetLogMessage -AsJson) |
                Should -Be (Get-Flow | ConvertTo-NetLogMessage -AsJson)
        } finally {
            [cultureinfo]::CurrentCulture = $old
        }
    }
}
